using MlOps.Domain.Rollout;
using MlOps.Domain.Rollout.Evidence;
using MlOps.Domain.Rollout.Evidence.Answers;
using MlOps.Domain.Rollout.Steps;
using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Units;
using MlOps.Learning;
using MlOps.Learning.Statistics;

namespace MlOps.Domain.Tests.Rollout;

/// <summary>What units do to a bandit whose champion is version 1.</summary>
/// <param name="Better">By how much each new version's rewards are more often a hit, from version 2 on.</param>
/// <param name="Units">Of which the first ones come again and again.</param>
/// <param name="Requests">At each look.</param>
/// <param name="Alike">Share of the units whose rewards are all alike, hits or none.</param>
/// <param name="Rhythm">How far rates go up and down with the hours.</param>
/// <param name="Failing">How often a request of a unit out of ten fails, by new version; of the others none does.</param>
/// <param name="Lost">Share of the last version's units whose answer is lost on the way.</param>
internal sealed record SimulatedUnits(double[] Better, int Units, int Requests, double Alike = 0.3, double Rhythm = 0, double[]? Failing = null, double Lost = 0);

/// <summary>How a simulated bandit's step ended, and what was seen on the way.</summary>
/// <param name="Winner">Null where it did not pass.</param>
/// <param name="Outs">New versions that were out.</param>
/// <param name="Traffic">At each look, before it.</param>
internal sealed record SimulatedEnd(RolloutVerdict Verdict, int? Winner, IReadOnlyList<int> Outs, string Reason, IReadOnlyList<string> Traffic);

/// <summary>
/// The step of a bandit of several versions, over units with many requests each: routed by their buckets, their rewards and failures counted and judged as a
/// rollout's check does, by its own code (<see cref="FieldEvidence"/>, <see cref="UnitRatio"/>, <see cref="StepVerdict"/>), the shares changed as its workflow does; without the stores.
/// </summary>
/// <param name="byUnit">False: each request is taken for a unit of its own, which it is not.</param>
internal sealed class SimulatedBandit(RolloutPolicy policy, SimulatedUnits world, ulong seed, bool byUnit = true)
{
    private const double Rate = 0.4;
    private static readonly DateTimeOffset Begin = new(2026, 3, 2, 0, 0, 0, TimeSpan.Zero);

    private readonly SeededRandom _random = SeededRandom.Derive(41, seed);
    private readonly PolicyJudge _judge = new(policy);
    private readonly Dictionary<(int Turn, int Version, int Cluster), SampleMoments> _rewards = [];
    private readonly Dictionary<int, TrafficCell> _cells = Enumerable.Range(1, world.Better.Length + 1).ToDictionary(v => v, _ => new TrafficCell());
    private IReadOnlyList<BanditArm> _arms = BanditShares.Begin(policy, 2)!;
    private readonly UnitSample _sample = new();
    private readonly List<IReadOnlyList<TrafficShare>> _periods = [];
    private int _turns;
    private TimeSpan? _doubted;

    /// <param name="looks">A minute apart.</param>
    /// <param name="paused">Looks at which it is paused.</param>
    public SimulatedEnd Run(int looks, Predicate<int>? paused = null)
    {
        Unit[] units = [.. Enumerable.Range(0, world.Units).Select(NewUnit)];
        var traffic = new List<string>();
        RolloutEvidence? evidence = null;
        for (int look = 1; look <= looks; look++)
        {
            IReadOnlyList<TrafficShare> shares = TrafficSplit.Several(1, _arms.Select(a => new TrafficShare(a.Version, (int)Math.Round(a.Percent * 100))));
            traffic.Add(TrafficSplit.Format(shares));
            if (_periods.Count == _turns)
                _periods.Add(shares);
            for (int i = 0; i < world.Requests; i++)
                Ask(units[(int)(_random.NextDouble() * _random.NextDouble() * units.Length)], shares, look);
            bool isPaused = paused?.Invoke(look) == true;
            CheckInput input = InputOf(look, isPaused);
            CheckResult result = Check(input);
            evidence = result.Evidence!;
            if (result.Verdict is not (RolloutVerdict.Wait or RolloutVerdict.Hold))
                return new(result.Verdict, result.Verdict == RolloutVerdict.Pass ? evidence.Bandit!.Winner : null, Outs(evidence), result.Reason, traffic);
            _doubted = StageJudge.IsInDoubt(evidence) ? input.Elapsed() : _doubted;
            if (BanditShares.Next(_arms, evidence.Bandit!.Arms!, isPaused) is { } next)
                (_arms, _turns) = (next, _turns + 1);
        }

        return new(RolloutVerdict.Wait, null, Outs(evidence!), "it goes on", traffic);
    }

    private static int[] Outs(RolloutEvidence evidence) => [.. evidence.Bandit!.Arms!.Where(a => a.Out is not null).Select(a => a.Version)];

    private CheckInput InputOf(int look, bool isPaused) => new(
        "churn", 2, 0, _arms.Sum(a => a.Percent), Begin, Begin.AddMinutes(look), false, false, 0, true, StageKind.Bandit, isPaused ? "ann" : null, HeldBy: [], Doubted: _doubted, Turns: _turns, Arms: _arms);

    private CheckResult Check(CheckInput input)
    {
        var rewards = new FieldRewards([1, .. _arms.Select(a => a.Version)]);
        foreach (((int turn, int version, int cluster), SampleMoments given) in _rewards)
            rewards.Add(turn, version, cluster, given);
        SampleRatioEvidence? ratio = UnitRatio.IsDivided(input, _periods[^1]) ? UnitRatio.Of(input, _periods, _sample) : null;
        Dictionary<int, IReadOnlyList<Comparison>> seen = _arms.Where(a => a.Out is null).ToDictionary(a => a.Version, a => Compared(_cells[a.Version].ToWindow()));
        return StepVerdict.Of(policy, input, FieldEvidence.Of(policy, 1, input, seen, rewards.Compared().Of, ratio).Evidence);
    }

    private IReadOnlyList<Comparison> Compared(TrafficWindow window) =>
        [.. _judge.Asked(StageKind.Bandit).Select(g => TrafficComparison.Of(g.Metric, window, _cells[1].ToWindow(), g.Max, policy.LatencyTolerance))];

    private Unit NewUnit(int number) => new(
        StickyBucket.Of($"salt-{seed}", $"user-{number}"), UnitCluster.Of($"user-{number}"), StickyBucket.Hash("exposure", $"user-{seed}-{number}"),
        _random.NextDouble() < world.Alike ? _random.NextDouble() : null, _random.NextDouble() < 0.1, _random.NextDouble() < world.Lost);

    private void Ask(Unit unit, IReadOnlyList<TrafficShare> shares, int look)
    {
        int version = TrafficSplit.VersionAt(shares, unit.Bucket);
        if (unit.IsLost && version == world.Better.Length + 1)
            return;
        _sample.Add(unit.Hash, version, _turns);
        TrafficCell cell = _cells[version];
        cell.Requests++;
        if (unit.Fails && _random.NextDouble() < (version == 1 || world.Failing is null ? 0.3 : world.Failing[version - 2]))
        {
            cell.Errors++;
            cell.OfUnits().AddFailed(unit.Cluster);
            return;
        }

        cell.Latency.Add(TimeSpan.FromMilliseconds(1));
        cell.OfUnits().AddAnswered(unit.Cluster, TimeSpan.FromMilliseconds(1));
        double rate = Rate + (world.Rhythm * Math.Sin(2 * Math.PI * look / 7)) + (version == 1 ? 0 : world.Better[version - 2]);
        (int, int, int) key = (_turns, version, byUnit ? unit.Cluster : ClusterSums.Alone);
        _rewards[key] = _rewards.GetValueOrDefault(key).Add((unit.Taste ?? _random.NextDouble()) < rate ? 1 : 0);
    }

    /// <param name="Taste">The rate above which its rewards are hits; null: each is by itself.</param>
    private sealed record Unit(int Bucket, int Cluster, ulong Hash, double? Taste, bool Fails, bool IsLost);
}
