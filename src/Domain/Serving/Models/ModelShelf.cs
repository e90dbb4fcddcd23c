using MlOps.Domain.Registry;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Serving.Models;

/// <summary>
/// The models that are loaded, in order of their use, and what they hold. Loads set aside what they need before they begin, in turn, so
/// that all together never pass the budget; room is made by those without traffic first, then by all, the one used longest ago first.
/// </summary>
/// <param name="hasTraffic">Whether a version has traffic, or is tried unseen, at its endpoint now.</param>
internal sealed class ModelShelf(long budget, TimeProvider time, Func<ModelVersion, bool> hasTraffic)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, LinkedListNode<ModelSlot>> _slots = new(StringComparer.Ordinal);
    private readonly LinkedList<ModelSlot> _byUse = new();
    private readonly Queue<(ModelSlot Slot, long Bytes, TaskCompletionSource Given)> _waiting = new();
    private long _loading;

    // The one used last, for who uses it again: nothing about the order changes then.
    private volatile ModelSlot? _last;

    public long Budget => budget;

    /// <summary>What loaded models hold, and what is set aside for those being loaded.</summary>
    public long Bytes { get; private set; }

    /// <summary>Loads for whose bytes there is no room yet.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate)
                return _waiting.Count;
        }
    }

    /// <summary>The slot of a version's model, now the one used last; <paramref name="create"/> makes it where there is none.</summary>
    public ModelSlot Use(ModelVersion version, Func<ModelVersion, ModelSlot> create)
    {
        if (_last is { } last && last.Digest == version.ModelDigest && last.Knows(version))
        {
            // Read far more often than written, so that processors share it.
            if (!last.IsUsed)
                last.IsUsed = true;
            return last;
        }

        lock (_gate)
        {
            if (!_slots.TryGetValue(version.ModelDigest, out LinkedListNode<ModelSlot>? node))
                _slots[version.ModelDigest] = node = _byUse.AddFirst(create(version));
            else if (node != _byUse.First)
                ToFirst(node);
            node.Value.Name(version);
            node.Value.IsUsed = true;
            return _last = node.Value;
        }
    }

    /// <summary>The slot of a version's model, or null. Not a use of it.</summary>
    public ModelSlot? Find(ModelVersion version)
    {
        lock (_gate)
            return _slots.GetValueOrDefault(version.ModelDigest)?.Value;
    }

    /// <summary>As <see cref="Use"/>, but no use: a new slot is the first to go, and there is none where its bytes have no room beside all others.</summary>
    public ModelSlot? Place(ModelVersion version, long bytes, Func<ModelVersion, ModelSlot> create)
    {
        lock (_gate)
        {
            if (_slots.TryGetValue(version.ModelDigest, out LinkedListNode<ModelSlot>? known))
                return known.Value;
            if (_waiting.Count > 0 || Bytes > budget - bytes)
                return null;
            ModelSlot slot = create(version);
            _slots[version.ModelDigest] = _byUse.AddLast(slot);
            slot.Name(version);
            slot.IsPlaced = true;
            _loading += bytes;
            Change(slot, bytes);
            return slot;
        }
    }

    public void Keep(ModelSlot slot, TimeSpan period)
    {
        DateTimeOffset until = time.GetUtcNow() + period;
        lock (_gate)
            slot.KeptUntil = until > slot.KeptUntil ? until : slot.KeptUntil;
    }

    /// <summary>Sets bytes aside for a load, and waits for other loads where there is no room beside them; who comes first is served first.</summary>
    public Task ReserveAsync(ModelSlot slot, long bytes)
    {
        var given = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            _waiting.Enqueue((slot, Math.Min(bytes, budget), given));
            Serve();
        }

        return given.Task;
    }

    /// <summary>The model is loaded and holds so much.</summary>
    public void Settle(ModelSlot slot, long bytes)
    {
        lock (_gate)
        {
            _loading -= slot.Bytes;
            Change(slot, bytes);
            slot.LoadedAt = time.GetUtcNow();
            ModelMetrics.Held(1);
            // What nobody asked for takes nobody's place, should it hold more than was set aside.
            if (slot.IsPlaced && Bytes > budget)
                Evict(_slots[slot.Digest]);
            MakeRoom(0, slot);
            Serve();
        }
    }

    /// <summary>The slot of a loaded model, the first time that it is asked for like this; null later, and of a model that has gone.</summary>
    public ModelSlot? FirstExplained(IModel model)
    {
        lock (_gate)
        {
            if (_byUse.FirstOrDefault(s => s.Holds(model)) is not { IsExplained: false } slot)
                return null;
            slot.IsExplained = true;
            return slot;
        }
    }

    /// <summary>A loaded model holds more than it did.</summary>
    public void Grow(ModelSlot slot, long bytes)
    {
        lock (_gate)
        {
            if (!_slots.TryGetValue(slot.Digest, out LinkedListNode<ModelSlot>? node) || node.Value != slot)
                return;
            Change(slot, bytes);
            if (bytes > budget)
                Evict(node);
            MakeRoom(0, slot);
            Serve();
        }
    }

    /// <summary>Lets loaded models go.</summary>
    public void EvictAll(Predicate<ModelSlot> which)
    {
        lock (_gate)
        {
            foreach (LinkedListNode<ModelSlot> node in _slots.Values.Where(n => n.Value.LoadedAt is not null && which(n.Value)).ToList())
                Evict(node);
            Serve();
        }
    }

    /// <summary>Registered models of which a version was not used for so long.</summary>
    public string[] Unused(TimeSpan idle)
    {
        DateTimeOffset now = time.GetUtcNow();
        lock (_gate)
            return [.. _byUse.Where(s => !s.IsUsed && s.LoadedAt is not null && now - s.IdleSince >= idle).SelectMany(s => s.Versions).Select(v => v.Model).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>Lets models go that were not used for so long and have no traffic. Seen now and then only, so they stay somewhat longer.</summary>
    /// <returns>How many.</returns>
    public int EvictIdle(TimeSpan idle)
    {
        DateTimeOffset now = time.GetUtcNow();
        lock (_gate)
        {
            foreach (ModelSlot slot in _byUse.Where(s => s.IsUsed || s.LoadedAt is null))
                (slot.IsUsed, slot.IdleSince) = (false, now);
            LinkedListNode<ModelSlot>[] gone = [.. _slots.Values.Where(n => now - n.Value.IdleSince >= idle && !HasTraffic(n.Value))];
            foreach (LinkedListNode<ModelSlot> node in gone)
                Evict(node);
            Serve();
            return gone.Length;
        }
    }

    /// <summary>The load came to nothing.</summary>
    public void Abandon(ModelSlot slot)
    {
        lock (_gate)
        {
            _loading -= slot.Bytes;
            Remove(_slots[slot.Digest]);
            Serve();
        }
    }

    public T Read<T>(Func<IEnumerable<ModelSlot>, T> read)
    {
        lock (_gate)
            return read(_byUse);
    }

    public bool HasTraffic(ModelSlot slot) => slot.KeptUntil > time.GetUtcNow() || slot.Versions.Any(hasTraffic);

    private void ToFirst(LinkedListNode<ModelSlot> node)
    {
        node.Value.IsPlaced = false;
        _byUse.Remove(node);
        _byUse.AddFirst(node);
    }

    private void Serve()
    {
        while (_waiting.TryPeek(out (ModelSlot Slot, long Bytes, TaskCompletionSource Given) next) && _loading + next.Bytes <= budget)
        {
            _waiting.Dequeue();
            MakeRoom(next.Bytes, next.Slot);
            _loading += next.Bytes;
            Change(next.Slot, next.Bytes);
            next.Given.SetResult();
        }
    }

    private void MakeRoom(long bytes, ModelSlot slot)
    {
        while (Bytes + bytes > budget && Evict(except: slot))
        {
        }
    }

    private bool Evict(ModelSlot except)
    {
        LinkedListNode<ModelSlot>? last = null;
        for (LinkedListNode<ModelSlot>? node = _byUse.Last; node is not null; node = node.Previous)
        {
            if (node.Value == except || node.Value.LoadedAt is null)
                continue;
            last ??= node;
            if (HasTraffic(node.Value))
                continue;
            last = node;
            break;
        }

        if (last is null)
            return false;
        Evict(last);
        return true;
    }

    private void Evict(LinkedListNode<ModelSlot> node)
    {
        ModelMetrics.Evicted(node.Value);
        ModelMetrics.Held(-1);
        Remove(node);
    }

    private void Remove(LinkedListNode<ModelSlot> node)
    {
        _last = null;
        _byUse.Remove(node);
        _slots.Remove(node.Value.Digest);
        Change(node.Value, 0);
    }

    private void Change(ModelSlot slot, long bytes)
    {
        Bytes += bytes - slot.Bytes;
        ModelMetrics.Memory(bytes - slot.Bytes);
        slot.Bytes = bytes;
    }
}
