using MlOps.Learning.Statistics;

namespace MlOps.Domain.Rollout.Evidence.Answers;

/// <summary>The rewards of a bandit's versions, each two of them compared within the times of one share each.</summary>
/// <param name="versions">The champion's too.</param>
internal sealed class FieldRewards(IReadOnlyList<int> versions)
{
    private readonly Dictionary<(int Turn, int Version, int Cluster), SampleMoments> _rewards = [];
    private readonly Dictionary<(int New, int Old), Comparison> _compared = [];

    public void Add(int turn, int version, int cluster, double reward) => Add(turn, version, cluster, new SampleMoments(1, reward, 0));

    /// <param name="rewards">Several at once.</param>
    public void Add(int turn, int version, int cluster, SampleMoments rewards) =>
        _rewards[(turn, version, cluster)] = _rewards.GetValueOrDefault((turn, version, cluster)).Merge(rewards);

    /// <summary>All that is known by now, pair by pair; the rewards themselves are not kept.</summary>
    public FieldRewards Compared()
    {
        foreach ((int next, int old) in versions.SelectMany((old, i) => versions.Skip(i + 1).Select(next => (next, old))))
        {
            var pair = new StratifiedMeans();
            foreach (((int turn, int version, int cluster), SampleMoments rewards) in _rewards.Where(r => r.Key.Version == next || r.Key.Version == old))
                pair.Add(turn, version == next, cluster, rewards);
            _compared[(next, old)] = TruthLog.Compare(pair);
        }

        _rewards.Clear();
        return this;
    }

    /// <summary>The first version as the new one, the second as the champion.</summary>
    public Comparison Of(int version, int other) => _compared.TryGetValue((version, other), out Comparison? seen) ? seen
        : _compared.TryGetValue((other, version), out seen) ? seen.Reversed()
        : Comparison.Nothing;
}
