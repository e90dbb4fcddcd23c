using MlOps.Domain.Registry;
using MlOps.Domain.Training;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Serving;

/// <summary>
/// Loaded models by digest. A model is loaded once however many requests ask for it at the same time, a failed load is not
/// remembered, and past the capacity the model that was used longest ago goes.
/// </summary>
/// <param name="read">Reads a version's model file.</param>
/// <param name="capacity">Models held at once.</param>
public sealed class ModelCache(Func<ModelVersion, CancellationToken, Task<IModel>> read, int capacity = ModelCache.DefaultCapacity)
{
    public const int DefaultCapacity = 32;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, LinkedListNode<Slot>> _slots = new(StringComparer.Ordinal);
    private readonly LinkedList<Slot> _byUse = new();

    public ModelCache(ModelStore store, int capacity = DefaultCapacity)
        : this((version, cancellationToken) => store.LoadAsync(new ModelRef(version.ModelDigest, version.ModelSize), cancellationToken), capacity)
    {
    }

    /// <summary>Models held or being loaded.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _slots.Count;
        }
    }

    public Task<IModel> GetAsync(ModelVersion version, CancellationToken cancellationToken)
    {
        Task<IModel> load = SlotOf(version).Load.Value;
        return load.IsCompletedSuccessfully ? load : LoadedAsync(version.ModelDigest, load, cancellationToken);
    }

    private async Task<IModel> LoadedAsync(string digest, Task<IModel> load, CancellationToken cancellationToken)
    {
        try
        {
            return await load.WaitAsync(cancellationToken);
        }
        catch when (load.IsFaulted || load.IsCanceled)
        {
            Forget(digest, load);
            throw;
        }
    }

    private Slot SlotOf(ModelVersion version)
    {
        lock (_gate)
        {
            if (_slots.TryGetValue(version.ModelDigest, out LinkedListNode<Slot>? node))
                _byUse.Remove(node);
            else
                _slots[version.ModelDigest] = node = new LinkedListNode<Slot>(NewSlot(version));
            _byUse.AddFirst(node);
            if (_slots.Count > capacity)
                Remove(_byUse.Last!);
            return node.Value;
        }
    }

    // The load belongs to all who wait for it: one caller's cancellation must not end it for the others.
    private Slot NewSlot(ModelVersion version) => new(version.ModelDigest, new Lazy<Task<IModel>>(() => Task.Run(() => read(version, CancellationToken.None))));

    private void Forget(string digest, Task<IModel> failed)
    {
        lock (_gate)
        {
            if (_slots.TryGetValue(digest, out LinkedListNode<Slot>? node) && node.Value.Load.Value == failed)
                Remove(node);
        }
    }

    private void Remove(LinkedListNode<Slot> node)
    {
        _byUse.Remove(node);
        _slots.Remove(node.Value.Digest);
    }

    private sealed record Slot(string Digest, Lazy<Task<IModel>> Load);
}
