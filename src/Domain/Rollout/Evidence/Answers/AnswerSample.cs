using MlOps.Domain.Serving.Log;

namespace MlOps.Domain.Rollout.Evidence.Answers;

/// <summary>
/// A version's answers over a window, thinned to those whose rows have the smallest keys (<see cref="RowKey"/>): at any time a fair
/// sample of the whole window, whatever its length, and of two versions one of the same hours. A row read twice counts once.
/// </summary>
/// <param name="most">Answers kept.</param>
/// <param name="mostBytes">Memory they may take.</param>
internal sealed class AnswerSample(int most, long mostBytes)
{
    private readonly Dictionary<ulong, Answer> _kept = [];
    private readonly PriorityQueue<ulong, ulong> _largestFirst = new(Comparer<ulong>.Create((a, b) => b.CompareTo(a)));
    private ulong _bound = ulong.MaxValue;

    public IReadOnlyDictionary<ulong, Answer> Kept => _kept;

    public long Bytes { get; private set; }

    /// <summary>No answer is wanted whose key is not below it.</summary>
    public ulong Below => _bound;

    /// <summary>Whether an answer of that key would be kept, and is not yet.</summary>
    public bool Wants(ulong key) => key < _bound && !_kept.ContainsKey(key);

    public void Add(ulong key, Answer answer)
    {
        if (!Wants(key))
            return;
        _kept.Add(key, answer);
        _largestFirst.Enqueue(key, key);
        Bytes += answer.Bytes;
        while (_kept.Count > most || Bytes > mostBytes)
            Drop(_bound = _largestFirst.Dequeue());
    }

    private void Drop(ulong key)
    {
        if (_kept.Remove(key, out Answer dropped))
            Bytes -= dropped.Bytes;
    }
}
