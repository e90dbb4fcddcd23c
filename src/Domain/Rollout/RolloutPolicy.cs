using MlOps.Learning.Trainers;

namespace MlOps.Domain.Rollout;

public enum RolloutStrategy
{
    /// <summary>All traffic at once (blue/green); the version before stays at hand as <c>previous</c>, and warm and compared for <see cref="RolloutPolicy.KeepWarm"/>.</summary>
    Direct,

    /// <summary>A growing share of the traffic, compared with the champion at each step.</summary>
    Canary,

    /// <summary>A canary whose steps are equal: <see cref="RolloutPolicy.Increment"/> more each time.</summary>
    Linear,

    /// <summary>First no traffic: the version answers copies of the champion's requests, unseen, and is compared on the same requests; then a canary.</summary>
    Shadow,

    /// <summary>A fixed share until the <see cref="RolloutPolicy.Goal"/> is shown to be met or missed.</summary>
    AbTest,

    /// <summary>
    /// Shares follow the rewards: each version has the share with which it is likely to be the better one (Thompson 1933), at least
    /// <see cref="RolloutPolicy.Floor"/>, until it is shown by a sequential test which is the better one. What is rewarded says <see cref="RolloutPolicy.Reward"/>.
    /// </summary>
    Bandit,
}

/// <summary>What a bandit's versions are rewarded for.</summary>
public enum RolloutReward
{
    /// <summary>1 for an answer that was the true class, else 0; needs classes, and their truth.</summary>
    Truth,

    /// <summary>The reward that feedback gives the answer, 0 to 1; whatever the task.</summary>
    Given,
}

public enum RolloutApproval
{
    None,

    /// <summary>Somebody must approve before the version takes all traffic.</summary>
    Manual,
}

/// <summary>How a model version gets its traffic, and what takes it away again. Without a champion to compare with, every rollout is direct.</summary>
public sealed record RolloutPolicy
{
    /// <summary>How many further versions a bandit may have: each two of all are compared.</summary>
    public const int MostOthers = 6;

    /// <summary>How many steps a rollout may have.</summary>
    public const int MaxSteps = 100;

    private static readonly TimeSpan MostOften = TimeSpan.FromMilliseconds(500);

    public RolloutStrategy Strategy { get; init; } = RolloutStrategy.Canary;

    /// <summary>Percent of the traffic at each canary step, rising, each 0.01 to 99.99, or 100; 100 is added when it is not the last. Default 10, 50, 100.</summary>
    public IReadOnlyList<double> Steps { get; init; } = [10, 50, 100];

    /// <summary>How long each step is watched at least; 0 or more, default 10 minutes.</summary>
    public TimeSpan Bake { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Requests the new version must have had in a step before it can pass; at least 1, default 100. The champion needs as many as its share gives meanwhile.</summary>
    public long MinRequests { get; init; } = 100;

    /// <summary>How much higher than the champion's the share of failed (and that of rejected) requests may be; 0 to 1, default 0.01: one in a hundred.</summary>
    public double MaxErrorRateIncrease { get; init; } = 0.01;

    /// <summary>The highest ratio of the 95th percentiles of latency; at least 1, default 2.</summary>
    public double MaxLatencyRatio { get; init; } = 2;

    /// <summary>A p95 that is higher by no more than this is no breach whatever the ratio; default 5 ms: between microseconds a ratio says nothing.</summary>
    public TimeSpan LatencyTolerance { get; init; } = TimeSpan.FromMilliseconds(5);

    public RolloutApproval Approval { get; init; }

    /// <summary>How long one step, or the approval, may take before the rollout is rolled back; longer than the bake, default one day.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromDays(1);

    /// <summary>How often the numbers are looked at; 100 ms to 1 hour, default 5 s.</summary>
    public TimeSpan CheckEvery { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Of a linear rollout: percent of the traffic that each step adds, 1 to 100, default 10.</summary>
    public double Increment { get; init; } = 10;

    /// <summary>Of an A/B test, and of a bandit at its beginning: percent of the traffic for the new version, or all new ones together, 0.01 to 99.99, default 50.</summary>
    public double Share { get; init; } = 50;

    /// <summary>Of a bandit: percent of the traffic that each version keeps, 1 to 50, default 10.</summary>
    public double Floor { get; init; } = 10;

    /// <summary>Of a bandit: what its versions are rewarded for; default a right class.</summary>
    public RolloutReward Reward { get; init; }

    /// <summary>Of a bandit: further new versions that have their part of the traffic, besides the one it was started with; at most <see cref="MostOthers"/>, default none.</summary>
    public IReadOnlyList<int> Others { get; init; } = [];

    /// <summary>Of an A/B test: what it must show. Required there, not allowed elsewhere.</summary>
    public RolloutGoal? Goal { get; init; }

    /// <summary>Of a shadow rollout: percent of the champion's requests that are copied, 0.01 to 100, default 100.</summary>
    public double ShadowShare { get; init; } = 100;

    /// <summary>Of a direct rollout: how long the new version is watched and the old one kept loaded before the end; 0 or more, default 0: not at all.</summary>
    public TimeSpan KeepWarm { get; init; }

    /// <summary>
    /// Guardrails beyond, or in place of, those that <see cref="MaxErrorRateIncrease"/> and <see cref="MaxLatencyRatio"/> make; one a metric. Default none.
    /// </summary>
    public IReadOnlyList<Guardrail> Guardrails { get; init; } = [];

    /// <summary>
    /// Chance that a version no worse than allowed is rolled back by a guardrail, or one that differs in nothing is promoted or rolled back by
    /// the goal: of all these together in the whole rollout, over all looks. With a goal half is the guardrails', half the goal's. Above 0 to
    /// 0.5, default 0.05. Beside it stands the alarm of a sample ratio mismatch, 0.001 a step.
    /// </summary>
    public double Alpha { get; init; } = 0.05;

    /// <summary>Times in which no version gets more traffic; see <see cref="FreezeWindow"/>; together no longer than 60 days at a stretch. Default none.</summary>
    public IReadOnlyList<string> Freeze { get; init; } = [];

    /// <summary>Where the endpoint finds what stays with one version (<see cref="MlOps.Domain.Serving.Units.UnitSource"/>): <c>random</c>, <c>header:NAME</c>, <c>$.path</c>, or <c>caller</c> for what the caller names. Null, the default, keeps what the endpoint has.</summary>
    public string? Unit { get; init; }

    /// <summary>Whether the metric can be had for models of the task.</summary>
    public static bool Fits(RolloutMetric metric, LearningTask task) => metric switch
    {
        RolloutMetric.Accuracy or RolloutMetric.BrierScore or RolloutMetric.Disagreement => task != LearningTask.Regression,
        RolloutMetric.AbsoluteError or RolloutMetric.SquaredError => task == LearningTask.Regression,
        _ => true,
    };

    /// <summary>How far two versions can be apart in the metric: a limit above that is none.</summary>
    public static double Largest(RolloutMetric metric) => metric switch
    {
        RolloutMetric.ErrorRate or RolloutMetric.RejectedRate or RolloutMetric.Accuracy or RolloutMetric.Disagreement or RolloutMetric.Reward => 1,
        RolloutMetric.BrierScore => 2,
        _ => double.PositiveInfinity,
    };

    /// <summary>The policy with its numbers looked at each quarter of the bake, but not more often than each half second, nor more seldom than by default.</summary>
    public RolloutPolicy CheckedAsUsual()
    {
        TimeSpan quarter = StageBake / 4, most = new RolloutPolicy().CheckEvery;
        return this with { CheckEvery = quarter < MostOften ? MostOften : quarter > most ? most : quarter };
    }

    /// <summary>What a bandit's rewards are called as a metric.</summary>
    internal RolloutMetric RewardMetric => Reward == RolloutReward.Given ? RolloutMetric.Reward : RolloutMetric.Accuracy;

    /// <summary>How long a step is watched at least, whatever the strategy calls it.</summary>
    internal TimeSpan StageBake => Strategy == RolloutStrategy.Direct ? KeepWarm : Bake;

    /// <summary>All guardrails: those of the limits, unless one of the same metric is listed, then the listed ones.</summary>
    internal IReadOnlyList<Guardrail> AllGuardrails =>
    [
        .. new Guardrail[]
        {
            new(RolloutMetric.ErrorRate, MaxErrorRateIncrease), new(RolloutMetric.RejectedRate, MaxErrorRateIncrease), new(RolloutMetric.LatencyP95, MaxLatencyRatio),
        }.Where(standard => !Guardrails.Any(g => g.Metric == standard.Metric)),
        .. Guardrails,
    ];
}
