using System.Collections.Concurrent;
using MlOps.Domain.Registry;

namespace MlOps.Domain.Serving.Batches;

/// <summary>The batcher of each version whose endpoint wants its requests gathered. Past a number of them those of versions without traffic go.</summary>
/// <param name="hasTraffic">Whether a version has traffic now.</param>
internal sealed class MicroBatchers(TimeProvider time, Func<string, int, bool> hasTraffic)
{
    /// <summary>A version that comes back is measured anew: no more than a few must be asked for in turn.</summary>
    private const int Most = 64;

    private readonly ConcurrentDictionary<(string Model, int Version), MicroBatcher> _batchers = new();

    public int Count => _batchers.Count;

    public MicroBatcher Of(ModelVersion version) => _batchers.TryGetValue((version.Model, version.Version), out MicroBatcher? known) ? known : Add(version);

    // An open batch of one that goes is scored all the same: its timer has it.
    private MicroBatcher Add(ModelVersion version)
    {
        if (_batchers.Count >= Most)
        {
            foreach ((string Model, int Version) key in _batchers.Keys.Where(k => !hasTraffic(k.Model, k.Version)))
                _batchers.TryRemove(key, out _);
        }

        return _batchers.GetOrAdd((version.Model, version.Version), static (key, clock) => new MicroBatcher(key.Model, clock), time);
    }
}
