using System.Collections.Concurrent;
using System.Globalization;

namespace MlOps.Domain.Serving;

/// <summary>
/// Counters of versions that nobody asks any more: each holds some kilobytes, and versions come and go. One that was idle for long enough, or for a
/// minute where there are many and its version has no traffic, is let go; should its version be asked again, another one counts, under a writer's name of its own, so that neither writes the other's rows.
/// </summary>
internal sealed class IdleCounters(TimeProvider time)
{
    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(10);

    /// <summary>Versions may change as often as somebody likes: with more counters than that (2 to 3 MB) those without traffic go earlier.</summary>
    internal const int Many = 256;

    private static readonly TimeSpan IdleEarly = TimeSpan.FromMinutes(1);

    /// <summary>Partitions that are remembered for their rows; with more, rows of the oldest stay until somebody counts there again.</summary>
    private const int MostGone = 10_000;

    /// <summary>Who was just given a counter counts within microseconds.</summary>
    private static readonly TimeSpan Lingers = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<TrafficCounter, (string Partition, DateTimeOffset Since)> _leaving = new();
    private readonly ConcurrentDictionary<string, DateTimeOffset> _gone = new(StringComparer.Ordinal);
    private long _made;

    /// <summary>Those that were let go a short while ago, which may have been given a count meanwhile.</summary>
    public IReadOnlyList<(string Partition, TrafficCounter Counter)> Leaving()
    {
        DateTimeOffset now = time.GetUtcNow();
        foreach ((TrafficCounter counter, (_, DateTimeOffset since)) in _leaving)
        {
            if (now - since > Lingers && counter.IsIdle(now.ToUnixTimeSeconds()))
                _leaving.TryRemove(counter, out _);
        }

        return [.. _leaving.Select(l => (l.Value.Partition, l.Key))];
    }

    public string NextWriter(string process) => string.Create(CultureInfo.InvariantCulture, $"{process}~{Interlocked.Increment(ref _made)}");

    /// <summary>Whether the counter is idle, and so let go. To be asked after all was written.</summary>
    /// <param name="early">There are many, and its version has no traffic: it is not expected back, which would begin rows under another name.</param>
    public bool Leaves(string partition, TrafficCounter counter, bool early)
    {
        DateTimeOffset now = time.GetUtcNow();
        if (!counter.IsIdle((now - (early ? IdleEarly : Idle)).ToUnixTimeSeconds()))
            return false;
        _leaving[counter] = (partition, now);
        if (_gone.Count >= MostGone)
            ForgetOlderHalf();
        _gone[partition] = now;
        return true;
    }

    /// <summary>Partitions with rows that grow old though nobody counts there.</summary>
    public IReadOnlyCollection<string> Partitions()
    {
        foreach ((string partition, DateTimeOffset since) in _gone)
        {
            if (time.GetUtcNow() - since > TrafficLevel.LongestKept)
                _gone.TryRemove(partition, out _);
        }

        return [.. _gone.Keys];
    }

    private void ForgetOlderHalf()
    {
        foreach ((string partition, _) in _gone.OrderBy(g => g.Value).Take(MostGone / 2).ToList())
            _gone.TryRemove(partition, out _);
    }
}
