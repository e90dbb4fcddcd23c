using System.Collections.Concurrent;

namespace MlOps.Domain.Serving.Admission;

/// <summary>Lets as many requests of a model in as its endpoint allows, and refuses the others.</summary>
internal sealed class Doors(TrafficStats stats)
{
    /// <summary>Whoever waits so long finds other requests done: scoring takes milliseconds.</summary>
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, Door> _doors = new(StringComparer.Ordinal);

    /// <summary>Enters, at once or when a place is free; what is returned is disposed of when the request is answered.</summary>
    /// <exception cref="MlOpsException">Unavailable <c>model-busy</c>: all places are taken, those to wait too.</exception>
    public ValueTask<Place> EnterAsync(string model, int version, ConcurrencyLimit? limit, CancellationToken cancellationToken)
    {
        if (limit is null)
        {
            Unlimited(model);
            return default;
        }

        Door door = _doors.GetOrAdd(model, static _ => new Door());
        return door.TryEnter(limit, cancellationToken) ?? throw Refused(model, version, limit);
    }

    /// <summary>The model's endpoint has no limit: everybody enters.</summary>
    public void Unlimited(string model)
    {
        if (_doors.TryGetValue(model, out Door? door))
            door.Open();
    }

    private MlOpsException Refused(string model, int version, ConcurrencyLimit limit)
    {
        stats.Refused(model, version);
        ServingMetrics.Refused(model, version);
        string waiting = limit.Waiting == 0 ? "" : $" and {limit.Waiting} wait";
        return new MlOpsException(
            ErrorKind.Unavailable, "model-busy",
            $"model '{model}' answers {limit.Requests} requests at the same time{waiting}, which is all its endpoint allows here: ask again in {RetryAfter.TotalSeconds} s, or raise the limit (mlops model settings {model} --concurrency)")
        {
            RetryAfter = RetryAfter,
        };
    }
}
