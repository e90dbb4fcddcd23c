using System.Collections.Concurrent;
using MlOps.Domain.Registry;

namespace MlOps.Domain.Serving.Models;

/// <summary>
/// Model versions as serving needs them. What a version is never changes, but it may be deleted, and a number of another model come to be
/// called so: it is read again when it is <see cref="VersionAge"/> old, an alias, which moves, when a second. While the store is away what is known stays;
/// a version without traffic that nobody asks for any more goes after a minute or two.
/// </summary>
/// <param name="hasTraffic">Whether a version of a model has traffic now; null: none is known to have any.</param>
public sealed class ServedVersions(ModelRegistry registry, TimeProvider time, Func<string, int, bool>? hasTraffic = null)
{
    private const int MaxEntries = 10_000;

    internal static readonly TimeSpan VersionAge = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan AliasAge = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan WaitAtMost = TimeSpan.FromSeconds(1.5);

    private static readonly TimeSpan Unasked = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<(string Model, int Version), Known> _versions = new();
    private readonly ConcurrentDictionary<(string Model, string? Alias), (ModelVersion Version, long ReadAt)> _aliases = new();
    private long _swept = time.GetTimestamp();

    /// <summary>Versions and aliases that are known now.</summary>
    internal int Held => _versions.Count + _aliases.Count;

    /// <exception cref="MlOpsException">NotFound when the registry has no such model or version; as of <see cref="ModelRegistry.ResolveAsync"/>.</exception>
    public ValueTask<ModelVersion> GetAsync(string model, int version, CancellationToken cancellationToken)
    {
        if (!_versions.TryGetValue((model, version), out Known? known))
            return new(ReadAsync(model, version, cancellationToken));
        return known.MayRead(time) ? new(ReadAgainAsync(known.Version, cancellationToken)) : new(known.Version);
    }

    /// <summary>The version where it was read less than <see cref="VersionAge"/> before; else null.</summary>
    internal ModelVersion? Young(string model, int version, long now) =>
        _versions.TryGetValue((model, version), out Known? known) && !known.IsOld(time, now) ? known.Version : null;

    private async Task<ModelVersion> ReadAsync(string model, int version, CancellationToken cancellationToken)
    {
        long started = time.GetTimestamp();
        ModelVersion read = await registry.GetVersionAsync(model, version, cancellationToken);
        Sweep();
        Bound(_versions)[(model, version)] = new Known(read, started);
        return read;
    }

    private async Task<ModelVersion> ReadAgainAsync(ModelVersion known, CancellationToken cancellationToken)
    {
        try
        {
            return await ReadAsync(known.Model, known.Version, cancellationToken).WaitAsync(WaitAtMost, time, cancellationToken);
        }
        catch (MlOpsException e) when (e.Kind == ErrorKind.NotFound)
        {
            _versions.TryRemove((known.Model, known.Version), out _);
            throw;
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            return known;
        }
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
        Sweep();
        Bound(_aliases)[(model, versionOrAlias)] = (read, started);
        return read;
    }

    /// <summary>Once a minute those go that were not asked for in the last: what is asked for is read again, or at least tried, when it is seconds old.</summary>
    private void Sweep()
    {
        long now = time.GetTimestamp(), swept = Interlocked.Read(ref _swept);
        if (time.GetElapsedTime(swept, now) < Unasked || Interlocked.CompareExchange(ref _swept, now, swept) != swept)
            return;
        foreach (((string Model, int Version) key, Known known) in _versions)
        {
            // One with traffic has to answer also when it is asked once an hour, and the store is away just then.
            if (known.IsOlder(Unasked, time, now) && hasTraffic?.Invoke(key.Model, key.Version) != true)
                _versions.TryRemove(key, out _);
        }

        foreach (((string, string?) key, (_, long readAt)) in _aliases)
        {
            if (time.GetElapsedTime(readAt, now) >= Unasked)
                _aliases.TryRemove(key, out _);
        }
    }

    /// <summary>Callers choose the keys, but only those that resolve are kept; emptying at the bound costs a reading each, no more.</summary>
    private static ConcurrentDictionary<TKey, TValue> Bound<TKey, TValue>(ConcurrentDictionary<TKey, TValue> cache)
        where TKey : notnull
    {
        if (cache.Count >= MaxEntries)
            cache.Clear();
        return cache;
    }

    private sealed class Known(ModelVersion version, long readAt)
    {
        private long _readAt = readAt;

        public ModelVersion Version => version;

        public bool IsOld(TimeProvider time, long now) => IsOlder(VersionAge, time, now);

        public bool IsOlder(TimeSpan age, TimeProvider time, long now) => time.GetElapsedTime(Interlocked.Read(ref _readAt), now) >= age;

        /// <summary>One of those who ask reads again, the others go on with what is known.</summary>
        public bool MayRead(TimeProvider time)
        {
            long before = Interlocked.Read(ref _readAt);
            return time.GetElapsedTime(before) >= VersionAge && Interlocked.CompareExchange(ref _readAt, time.GetTimestamp(), before) == before;
        }
    }
}
