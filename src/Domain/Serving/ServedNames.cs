namespace MlOps.Domain.Serving;

/// <summary>
/// Names of the models whose endpoints have traffic, as this process follows them: read again when they are a second old, once however many ask.
/// While the store does not answer the last known stay in force.
/// </summary>
public sealed class ServedNames(EndpointStore endpoints, TimeProvider time)
{
    private static readonly TimeSpan Remembered = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan WaitAtMost = TimeSpan.FromSeconds(1.5);

    private readonly Lock _gate = new();
    private Known? _known;
    private Task<Known>? _reading;

    /// <summary>In ordinal order.</summary>
    public ValueTask<IReadOnlyList<string>> NamesAsync(CancellationToken cancellationToken)
    {
        Known? known = Volatile.Read(ref _known);
        return known is not null && time.GetElapsedTime(known.At) < Remembered ? new(known.Models) : new(ReadAsync(known, cancellationToken));
    }

    /// <summary>The names where they were read less than a second before; else null.</summary>
    public IReadOnlyList<string>? Young(long now) => Volatile.Read(ref _known) is { } known && time.GetElapsedTime(known.At, now) < Remembered ? known.Models : null;

    private async Task<IReadOnlyList<string>> ReadAsync(Known? known, CancellationToken cancellationToken)
    {
        Task<Known> reading = ReadOnce();
        try
        {
            return (await (known is null ? reading.WaitAsync(cancellationToken) : reading.WaitAsync(WaitAtMost, time, cancellationToken))).Models;
        }
        catch (Exception) when (known is not null && !cancellationToken.IsCancellationRequested)
        {
            return known.Models;
        }
    }

    // The reading belongs to all who wait for it: one caller's cancellation must not end it for the others.
    private Task<Known> ReadOnce()
    {
        lock (_gate)
            return _reading is { IsCompleted: false } ? _reading : _reading = Task.Run(ReadAsync);
    }

    private async Task<Known> ReadAsync()
    {
        long at = time.GetTimestamp();
        var models = new List<string>();
        await foreach (string model in endpoints.ListServedAsync(CancellationToken.None))
            models.Add(model);
        var known = new Known(models, at);
        Volatile.Write(ref _known, known);
        return known;
    }

    private sealed record Known(IReadOnlyList<string> Models, long At);
}
