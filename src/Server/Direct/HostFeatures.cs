using System.Collections;
using Microsoft.AspNetCore.Hosting.Server.Abstractions;
using Microsoft.AspNetCore.Http.Features;

namespace MlOps.Server.Direct;

/// <summary>The features of a request that is handed on, with a place where the host keeps its context for the connection's next one: the server's own place is ours.</summary>
internal sealed class HostFeatures<T> : IFeatureCollection, IHostContextContainer<T>
    where T : notnull
{
    private IFeatureCollection _features = null!;

    public T? HostContext { get; set; }

    public bool IsReadOnly => _features.IsReadOnly;

    public int Revision => _features.Revision;

    public object? this[Type key]
    {
        get => _features[key];
        set => _features[key] = value;
    }

    /// <summary>These, now of another request.</summary>
    public HostFeatures<T> Of(IFeatureCollection features)
    {
        _features = features;
        return this;
    }

    public TFeature? Get<TFeature>() => _features.Get<TFeature>();

    public void Set<TFeature>(TFeature? instance) => _features.Set(instance);

    public IEnumerator<KeyValuePair<Type, object>> GetEnumerator() => _features.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
