using System.CommandLine;
using MlOps.Api.Rollout;
using MlOps.Cli.Files;
using MlOps.Domain.Rollout;

namespace MlOps.Cli.Commands;

/// <summary>How a rollout goes, from a file, options, or both: what an option says counts before the file's.</summary>
internal static class RolloutOptions
{
    private const string Duration = "10m, 2h or 1d12h";

    private static readonly Option<string?> File = new("--policy") { Description = "A file with the policy: JSON as the API takes it (.json), or YAML as the section `rollout` of a pipeline file. Options count before it." };
    private static readonly Option<RolloutStrategy?> Strategy = new("--strategy") { Description = "direct, canary (the default), linear, shadow, bandit or abTest (with --goal and --min-effect).", CustomParser = OptionValue.OptionalChoice<RolloutStrategy>() };
    private static readonly Option<double[]?> Steps = new("--steps") { Description = "Of a canary, or of a shadow after it: rising percentages of the traffic; default 10,50,100.", CustomParser = OptionValue.Percentages("rising percentages such as 10,50,100") };
    private static readonly Option<double?> Increment = new("--increment") { Description = "Of a linear rollout: percent of the traffic that each step adds; default 10.", CustomParser = OptionValue.OptionalNumber<double>("1 to 100", n => n is >= 1 and <= 100) };
    private static readonly Option<TimeSpan?> Bake = new("--bake") { Description = $"How long each step is watched at least, such as {Duration}; default 10m.", CustomParser = OptionValue.OptionalDuration };
    private static readonly Option<long?> MinRequests = new("--min-requests") { Description = "Requests that the new version needs in each step; default 100.", CustomParser = OptionValue.OptionalNumber<long>("a whole number from 1", n => n > 0) };
    private static readonly Option<double?> MaxErrors = new("--max-error-rate-increase") { Description = "How much higher the share of failed, and that of rejected, requests may be than the champion's; default 0.01.", CustomParser = OptionValue.OptionalNumber<double>("0 to 1", n => n is >= 0 and <= 1) };
    private static readonly Option<double?> MaxLatency = new("--max-latency-ratio") { Description = "The highest ratio of the p95 latencies; default 2.", CustomParser = OptionValue.OptionalNumber<double>("a number from 1", n => n >= 1) };
    private static readonly Option<TimeSpan?> Tolerance = new("--latency-tolerance") { Description = "A p95 higher by no more than this is no breach; default 5ms.", CustomParser = OptionValue.OptionalDuration };
    private static readonly Option<Guardrail[]?> Guardrails = new("--guardrail") { Description = "A further limit, METRIC=MAX[:soft|:hard][:SAMPLES], such as accuracy=0.02:soft; one a metric, any number of them.", CustomParser = GuardrailOption.Parse, Arity = ArgumentArity.OneOrMore };
    private static readonly Option<RolloutMetric?> Goal = new("--goal") { Description = "What an A/B test must show: accuracy, brierScore, absoluteError, squaredError, reward, errorRate or rejectedRate.", CustomParser = OptionValue.OptionalChoice<RolloutMetric>() };
    private static readonly Option<double?> MinEffect = new("--min-effect") { Description = "The improvement worth finding, in the goal's unit.", CustomParser = OptionValue.OptionalNumber<double>("a number above 0", n => n > 0) };
    private static readonly Option<double?> Margin = new("--margin") { Description = "Above 0: the new version must only not be worse by so much.", CustomParser = OptionValue.OptionalNumber<double>("0 or more", n => n >= 0) };
    private static readonly Option<double?> Share = new("--share") { Description = "Percent of the traffic for the new version in an A/B test, or in a bandit at its beginning; default 50.", CustomParser = OptionValue.OptionalNumber<double>("0.01 to 99.99", n => n is >= 0.01 and <= 99.99) };
    private static readonly Option<double?> Floor = new("--floor") { Description = "Of a bandit: percent of the traffic that each version keeps; default 10.", CustomParser = OptionValue.OptionalNumber<double>("1 to 50", n => n is >= 1 and <= 50) };
    private static readonly Option<RolloutReward?> Reward = new("--reward") { Description = "What a bandit's versions are rewarded for: truth (a right class, the default) or given (the reward that feedback gives).", CustomParser = OptionValue.OptionalChoice<RolloutReward>() };
    private static readonly Option<int[]?> Others = new("--others") { Description = "Of a bandit: further new versions that have their part of the traffic, such as 5,6.", CustomParser = OptionValue.Numbers("versions such as 5,6") };
    private static readonly Option<double?> ShadowShare = new("--shadow-share") { Description = "Of a shadow: percent of the champion's requests that are copied; default 100.", CustomParser = OptionValue.OptionalNumber<double>("0.01 to 100", n => n is >= 0.01 and <= 100) };
    private static readonly Option<TimeSpan?> KeepWarm = new("--keep-warm") { Description = "Of a direct rollout: how long the new version is watched and the old one kept loaded; default 0s.", CustomParser = OptionValue.OptionalDuration };
    private static readonly Option<RolloutApproval?> Approval = new("--approval") { Description = "none (the default), or manual: somebody must approve before the version takes all traffic.", CustomParser = OptionValue.OptionalChoice<RolloutApproval>() };
    private static readonly Option<double?> Alpha = new("--alpha") { Description = "Chance of a wrong decision in the whole rollout, over all looks; default 0.05.", CustomParser = OptionValue.OptionalNumber<double>("above 0 to 0.5", n => n is > 0 and <= 0.5) };
    private static readonly Option<string?> Unit = new("--unit") { Description = "What stays with one version: random, header:NAME, $.path.in.body, or caller; default as it is." };
    private static readonly Option<string[]?> Freeze = new("--freeze") { Description = "A time in which no version gets more traffic, in UTC: 'fri 16:00 - mon 08:00' or '2026-12-20 - 2027-01-02'; any number of them.", Arity = ArgumentArity.OneOrMore };
    private static readonly Option<TimeSpan?> Deadline = new("--deadline") { Description = $"How long one step, or the approval, may take, such as {Duration}; default 1d.", CustomParser = OptionValue.OptionalDuration };
    private static readonly Option<double?> Days = new("--deadline-days") { Description = "The same in days.", CustomParser = OptionValue.OptionalNumber<double>("0.001 to 3650", n => n is >= 0.001 and <= 3_650) };
    private static readonly Option<TimeSpan?> CheckEvery = new("--check-every") { Description = "How often the numbers are looked at, 100ms to 1h; default 5s, or a quarter of a short bake.", CustomParser = OptionValue.OptionalDuration };

    /// <summary>The options whose values belong to one strategy or two, by the policy's key.</summary>
    private static readonly (string Key, Option Option)[] OfStrategies =
    [
        ("steps", Steps), ("increment", Increment), ("share", Share), ("floor", Floor), ("reward", Reward), ("others", Others), ("goal", Goal), ("shadowShare", ShadowShare), ("keepWarm", KeepWarm),
    ];

    public static IReadOnlyList<Option> All { get; } =
    [
        File, Strategy, Steps, Increment, Share, Floor, Reward, Others, ShadowShare, KeepWarm, Goal, MinEffect, Margin, Bake, MinRequests, MaxErrors, MaxLatency, Tolerance, Guardrails, Alpha,
        Approval, Freeze, Unit, Deadline, Days, CheckEvery,
    ];

    /// <param name="version">The one that the command names; null for none.</param>
    /// <exception cref="MlOpsException">Invalid <c>rollout-options</c>, <c>rollout-file</c>, <c>json-invalid</c>; NotFound <c>file-missing</c>.</exception>
    public static async Task<RolloutPolicy> ReadAsync(ParseResult parsed, int? version, CancellationToken cancellationToken)
    {
        RolloutPolicy policy = await BaseAsync(parsed.GetValue(File), version, cancellationToken);
        policy = policy with { Strategy = parsed.GetValue(Strategy) ?? policy.Strategy };
        string[] misplaced =
        [
            .. StrategySettings.Misplaced(policy.Strategy, key => OfStrategies.Any(o => o.Key == key && parsed.GetResult(o.Option) is not null))
                .Select(m => $"{OfStrategies.First(o => o.Key == m.Key).Option.Name} {m.Problem}"),
        ];
        if (misplaced.Length > 0)
            throw Refused(string.Join("; ", misplaced));
        return Timed(parsed, Limited(parsed, Divided(parsed, policy)));
    }

    private static async Task<RolloutPolicy> BaseAsync(string? file, int? version, CancellationToken cancellationToken)
    {
        if (file is null)
            return new RolloutPolicy();
        RolloutStart start = RolloutFile.Parse(await TextFile.ReadAsync(file, cancellationToken), file);
        return start.Version == 0 || version is null || start.Version == version
            ? start.Policy ?? new RolloutPolicy()
            : throw Refused($"{file} is for version {start.Version}, and the command names version {version}: leave the file's version out, or name the same one");
    }

    /// <summary>Who gets how much of the traffic.</summary>
    private static RolloutPolicy Divided(ParseResult parsed, RolloutPolicy policy) => policy with
    {
        Steps = Given(parsed, Steps) ?? policy.Steps,
        Increment = parsed.GetValue(Increment) ?? policy.Increment,
        Share = parsed.GetValue(Share) ?? policy.Share,
        Floor = parsed.GetValue(Floor) ?? policy.Floor,
        Reward = parsed.GetValue(Reward) ?? policy.Reward,
        Others = Given(parsed, Others) ?? policy.Others,
        ShadowShare = parsed.GetValue(ShadowShare) ?? policy.ShadowShare,
        Unit = parsed.GetValue(Unit) ?? policy.Unit,
    };

    /// <summary>What it is judged by.</summary>
    private static RolloutPolicy Limited(ParseResult parsed, RolloutPolicy policy) => policy with
    {
        Goal = GoalOf(parsed, policy.Goal),
        MinRequests = parsed.GetValue(MinRequests) ?? policy.MinRequests,
        MaxErrorRateIncrease = parsed.GetValue(MaxErrors) ?? policy.MaxErrorRateIncrease,
        MaxLatencyRatio = parsed.GetValue(MaxLatency) ?? policy.MaxLatencyRatio,
        LatencyTolerance = parsed.GetValue(Tolerance) ?? policy.LatencyTolerance,
        Guardrails = Given(parsed, Guardrails) ?? policy.Guardrails,
        Alpha = parsed.GetValue(Alpha) ?? policy.Alpha,
        Approval = parsed.GetValue(Approval) ?? policy.Approval,
    };

    /// <summary>How long everything takes.</summary>
    private static RolloutPolicy Timed(ParseResult parsed, RolloutPolicy policy)
    {
        if (parsed.GetValue(Deadline) is not null && parsed.GetValue(Days) is not null)
            throw Refused("--deadline and --deadline-days say the same: give one of them");
        // What a file says itself stays; what followed from its bake follows from the option's.
        bool isDerived = policy.CheckEvery == new RolloutPolicy().CheckEvery || policy.CheckEvery == policy.CheckedAsUsual().CheckEvery;
        bool isBaked = parsed.GetValue(Bake) is not null || parsed.GetValue(KeepWarm) is not null;
        policy = policy with
        {
            Bake = parsed.GetValue(Bake) ?? policy.Bake,
            KeepWarm = parsed.GetValue(KeepWarm) ?? policy.KeepWarm,
            Freeze = Given(parsed, Freeze) ?? policy.Freeze,
            Deadline = parsed.GetValue(Deadline) ?? (parsed.GetValue(Days) is { } days ? TimeSpan.FromDays(days) : policy.Deadline),
        };
        return parsed.GetValue(CheckEvery) is { } every ? policy with { CheckEvery = every } : isBaked && isDerived ? policy.CheckedAsUsual() : policy;
    }

    private static RolloutGoal? GoalOf(ParseResult parsed, RolloutGoal? goal)
    {
        if (parsed.GetValue(Goal) is { } metric)
            goal = new RolloutGoal(metric, parsed.GetValue(MinEffect) ?? goal?.MinEffect ?? throw Refused("--goal needs --min-effect: the improvement worth finding, such as 0.01"), goal?.Margin ?? 0);
        if (goal is null && (parsed.GetValue(MinEffect) is not null || parsed.GetValue(Margin) is not null))
            throw Refused("--min-effect and --margin need a goal: --goal accuracy, for one");
        return goal is null ? null : goal with { MinEffect = parsed.GetValue(MinEffect) ?? goal.MinEffect, Margin = parsed.GetValue(Margin) ?? goal.Margin };
    }

    /// <summary>Null where the option is not given: its value is then an empty list.</summary>
    private static T[]? Given<T>(ParseResult parsed, Option<T[]?> option) => parsed.GetResult(option) is null ? null : parsed.GetValue(option);

    private static MlOpsException Refused(string why) => MlOpsException.Invalid("rollout-options", why);
}
