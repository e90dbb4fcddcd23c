using System.Collections.Concurrent;
using MlOps.Domain.Registry;

namespace MlOps.Domain.Serving.Models;

/// <summary>
/// Model versions as serving needs them. A version never changes, so it is read once; an alias moves, so it is read again when
/// a second old.
/// </summary>
public sealed class ServedVersions(ModelRegistry registry, TimeProvider time)
{
    private const int MaxEntries = 10_000;

    private static readonly TimeSpan AliasAge = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<(string Model, int Version), ModelVersion> _versions = new();
    private readonly ConcurrentDictionary<(string Model, string? Alias), (ModelVersion Version, long ReadAt)> _aliases = new();

    /// <exception cref="MlOpsException">NotFound when the registry has no such model or version.</exception>
    public async ValueTask<ModelVersion> GetAsync(string model, int version, CancellationToken cancellationToken)
    {
        if (_versions.TryGetValue((model, version), out ModelVersion? known))
            return known;
        ModelVersion read = await registry.GetVersionAsync(model, version, cancellationToken);
        Bound(_versions)[(model, version)] = read;
        return read;
    }

    /// <summary>What a version number or an alias stands for now; null for the champion, or else the latest version.</summary>
    public async ValueTask<ModelVersion> ResolveAsync(string model, string? versionOrAlias, CancellationToken cancellationToken)
    {
        var selector = ModelSelector.Of(model, versionOrAlias);
        if (selector.Version is { } version)
            return await GetAsync(model, version, cancellationToken);
        if (_aliases.TryGetValue((model, versionOrAlias), out (ModelVersion Version, long ReadAt) known) && time.GetElapsedTime(known.ReadAt) < AliasAge)
            return known.Version;
        long started = time.GetTimestamp();
        ModelVersion read = await registry.ResolveAsync(selector, cancellationToken);
        Bound(_aliases)[(model, versionOrAlias)] = (read, started);
        return read;
    }

    /// <summary>Callers choose the keys, but only those that resolve are kept; emptying at the bound costs a reading each, no more.</summary>
    private static ConcurrentDictionary<TKey, TValue> Bound<TKey, TValue>(ConcurrentDictionary<TKey, TValue> cache)
        where TKey : notnull
    {
        if (cache.Count >= MaxEntries)
            cache.Clear();
        return cache;
    }
}
