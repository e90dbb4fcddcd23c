using MlOps.Learning.Statistics;

namespace MlOps.Domain.Rollout.Evidence.Answers;

/// <summary>The rewards of a bandit's versions, each two of them compared within the times of one share each.</summary>
/// <param name="versions">The champion's too.</param>
internal sealed class FieldRewards(IReadOnlyList<int> versions)
{
    private readonly Dictionary<(int New, int Old), StratifiedMeans> _pairs =
        versions.SelectMany((old, i) => versions.Skip(i + 1).Select(next => (next, old))).ToDictionary(p => p, _ => new StratifiedMeans());

    private Dictionary<(int New, int Old), Comparison> _compared = [];

    public void Add(int turn, int version, int cluster, double reward)
    {
        foreach (int other in versions)
        {
            if (_pairs.TryGetValue((version, other), out StratifiedMeans? pair))
                pair.Add(turn, isNew: true, cluster, new(1, reward, 0));
            else if (_pairs.TryGetValue((other, version), out pair))
                pair.Add(turn, isNew: false, cluster, new(1, reward, 0));
        }
    }

    /// <summary>All that is known by now; the rewards themselves are not kept.</summary>
    public FieldRewards Compared()
    {
        _compared = _pairs.ToDictionary(p => p.Key, p => TruthLog.Compare(p.Value));
        _pairs.Clear();
        return this;
    }

    /// <summary>The first version as the new one, the second as the champion.</summary>
    public Comparison Of(int version, int other) => _compared.TryGetValue((version, other), out Comparison? seen) ? seen
        : _compared.TryGetValue((other, version), out seen) ? seen.Reversed()
        : Comparison.Nothing;
}
