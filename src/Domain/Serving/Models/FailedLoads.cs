using System.Collections.Concurrent;
using MlOps.Domain.Registry;

namespace MlOps.Domain.Serving.Models;

/// <summary>
/// Loads that failed a short while ago. A load makes room before it begins: asked for again and again, one version that cannot be loaded
/// would have all the others dropped for it again and again. What failed is told again until it is worth another try.
/// </summary>
internal sealed class FailedLoads(TimeProvider time)
{
    /// <summary>A store that is away may be back; it doubles for what lies in the version's own file, which nothing but a repair ends.</summary>
    public static readonly TimeSpan First = TimeSpan.FromSeconds(1);

    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    private const int MaxRemembered = 1_000;

    private readonly ConcurrentDictionary<(string Digest, string Run), Failure> _failures = new();

    /// <summary>What the last load of the version threw, while it is too soon for another; else null.</summary>
    public MlOpsException? Find(ModelVersion version) =>
        _failures.TryGetValue(Key(version), out Failure? failure) && failure.Until - time.GetUtcNow() is { } left && left > TimeSpan.Zero ? Told(version, failure.Cause, left) : null;

    /// <summary>What to throw for a load that failed now.</summary>
    public MlOpsException Add(ModelVersion version, Exception cause)
    {
        if (_failures.Count >= MaxRemembered)
            _failures.Clear();
        TimeSpan pause = IsItsOwn(cause) && _failures.TryGetValue(Key(version), out Failure? last) ? Shorter(2 * last.Pause, Longest) : First;
        _failures[Key(version)] = new Failure(cause, pause, time.GetUtcNow() + pause);
        return Told(version, cause, pause);
    }

    public void Forget(ModelVersion version) => _failures.TryRemove(Key(version), out _);

    /// <summary>A file may be registered twice; the example rows, which it may fail on, are the run's.</summary>
    private static (string Digest, string Run) Key(ModelVersion version) => (version.ModelDigest, version.RunId);

    private static bool IsItsOwn(Exception cause) => cause is MlOpsException { Code: "model-warmup" or "model-file" or "model-missing" };

    private static TimeSpan Shorter(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private static MlOpsException Told(ModelVersion version, Exception cause, TimeSpan left) => cause is MlOpsException known
        ? new MlOpsException(known.Kind, known.Code, known.Message, known) { RetryAfter = left }
        : new MlOpsException(ErrorKind.Unavailable, "model-load", $"reading '{version.Name}' failed with {cause.GetType().Name}: {cause.Message}", cause) { RetryAfter = left };

    private sealed record Failure(Exception Cause, TimeSpan Pause, DateTimeOffset Until);
}
