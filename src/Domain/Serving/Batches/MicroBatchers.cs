using System.Collections.Concurrent;
using MlOps.Domain.Registry;

namespace MlOps.Domain.Serving.Batches;

/// <summary>The batcher of each version whose endpoint wants its requests gathered.</summary>
internal sealed class MicroBatchers(TimeProvider time)
{
    private readonly ConcurrentDictionary<(string Model, int Version), MicroBatcher> _batchers = new();

    public MicroBatcher Of(ModelVersion version) => _batchers.TryGetValue((version.Model, version.Version), out MicroBatcher? known)
        ? known
        : _batchers.GetOrAdd((version.Model, version.Version), static (key, clock) => new MicroBatcher(key.Model, clock), time);
}
