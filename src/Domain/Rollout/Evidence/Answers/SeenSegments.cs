using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Log;

namespace MlOps.Domain.Rollout.Evidence.Answers;

/// <summary>
/// Which segments of the log were read: each is read once, whenever it was written. A shadow answers late under the request's time, and a
/// process whose store was away writes late; up to <see cref="Late"/> after their hour segments are looked for.
/// </summary>
internal sealed class SeenSegments
{
    public static readonly TimeSpan Late = TimeSpan.FromDays(1);

    /// <summary>A segment of the hour that another process's clock is ahead by, and its own.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromHours(2);

    /// <summary>Of an entry: hash, time, the dictionary's part.</summary>
    private const int Entry = 48;

    private readonly Dictionary<ulong, DateTimeOffset> _seen = [];

    public long Bytes => _seen.Count * (long)Entry;

    /// <summary>Whether it was not read before; those that will not be looked for again are not remembered.</summary>
    public bool IsNew(string path, DateTimeOffset now) =>
        !PredictionLog.IsSince(path, now - Late - Slack) || _seen.TryAdd(StickyBucket.Hash("segment", path), now);

    public void Forget(DateTimeOffset now)
    {
        foreach (ulong key in _seen.Where(s => s.Value < now - Late - (2 * Slack)).Select(s => s.Key).ToList())
            _seen.Remove(key);
    }
}
