using System.CommandLine;
using MlOps.Api.Rollout;
using MlOps.Cli.Api;
using MlOps.Cli.Output;
using MlOps.Domain.Rollout;
using Spectre.Console;

namespace MlOps.Cli.Commands;

/// <summary>`mlops rollout plan | start | status | promote | rollback | approve | abort | pause | resume`.</summary>
internal static class RolloutCommand
{
    private static readonly Argument<string> Model = new("model") { Description = "The registered model." };
    private static readonly Argument<int> Version = new("version") { Description = "The version that shall take the traffic.", CustomParser = OptionValue.Number<int>("a version from 1", n => n > 0) };
    private static readonly Argument<int?> Planned = new("version") { Description = "The version that shall take the traffic, where it is known.", Arity = ArgumentArity.ZeroOrOne, CustomParser = OptionValue.OptionalNumber<int>("a version from 1", n => n > 0) };
    private static readonly Option<string?> Reason = new("--reason") { Description = "Kept with the decision." };
    private static readonly Option<RolloutStrategy> Strategy = new("--strategy") { Description = "direct, canary, linear, shadow, bandit or abTest (with --goal and --min-effect).", DefaultValueFactory = _ => RolloutStrategy.Canary, CustomParser = OptionValue.Choice<RolloutStrategy>() };

    private static readonly Option<RolloutMetric?> Goal = new("--goal") { Description = "What an A/B test must show: accuracy, brierScore, absoluteError, squaredError, reward, errorRate or rejectedRate.", CustomParser = result => OptionValue.Choice<RolloutMetric>()(result) };
    private static readonly Option<double?> MinEffect = new("--min-effect") { Description = "The improvement worth finding, in the goal's unit.", CustomParser = OptionValue.OptionalNumber<double>("a number above 0", n => n > 0) };
    private static readonly Option<double?> Margin = new("--margin") { Description = "Above 0: the new version must only not be worse by so much.", CustomParser = OptionValue.OptionalNumber<double>("0 or more", n => n >= 0) };
    private static readonly Option<double?> Share = new("--share") { Description = "Percent of the traffic for the new version in an A/B test, or in a bandit at its beginning; default 50.", CustomParser = OptionValue.OptionalNumber<double>("0.01 to 99.99", n => n is >= 0.01 and <= 99.99) };
    private static readonly Option<RolloutReward> Reward = new("--reward") { Description = "What a bandit's versions are rewarded for: truth (a right class) or given (the reward that feedback gives).", DefaultValueFactory = _ => RolloutReward.Truth, CustomParser = OptionValue.Choice<RolloutReward>() };
    private static readonly Option<int[]> Others = new("--others") { Description = "Of a bandit: further new versions that have their part of the traffic, such as 5,6.", CustomParser = OptionValue.Numbers("versions such as 5,6"), DefaultValueFactory = _ => [] };
    private static readonly Option<double?> Days = new("--deadline-days") { Description = "How long a step may take; default 1.", CustomParser = OptionValue.OptionalNumber<double>("0.001 to 3650", n => n is >= 0.001 and <= 3_650) };

    public static Command Create() => new("rollout", "How a model version gets its traffic.")
    {
        ApiCommand.Create("start", "Roll a version out.", [Model, Version, Strategy, Goal, MinEffect, Margin, Share, Reward, Others, Days], StartAsync, whenStopped: Verb.Undecided),
        ApiCommand.Create("plan", "How many days a rollout needs at the present traffic; exit code 1 for one that cannot end before its deadline.", [Model, Planned, Strategy, Goal, MinEffect, Margin, Share, Reward, Others, Days], PlanAsync),
        ApiCommand.Create("status", "The newest rollout and its decisions.", [Model], StatusAsync),
        Steer("promote", "Give the new version all traffic now."),
        Steer("rollback", "Give the traffic back to the champion of before."),
        Steer("approve", "Let the rollout take all traffic once its steps have passed."),
        Steer("abort", "End the rollout; the champion keeps the traffic."),
        Steer("pause", "Take no further step until resumed; the version is still watched."),
        Steer("resume", "Let a paused rollout go on."),
    };

    private static Command Steer(string verb, string description) => ApiCommand.Create(verb, description, [Model, Reason], async (parsed, api, output, cancellationToken) =>
    {
        string path = $"api/v1/rollouts/{ApiCommand.Segment(parsed.GetRequiredValue(Model))}/{verb}";
        output.Show(await api.PostAsync<RolloutView>(path, new Decision(parsed.GetValue(Reason)), cancellationToken), Write);
        return ExitCodes.Done;
    }, whenStopped: Verb.Undecided);

    private static async Task<int> StartAsync(ParseResult parsed, ApiClient api, CommandOutput output, CancellationToken cancellationToken)
    {
        var start = new RolloutStart(parsed.GetValue(Version), PolicyOf(parsed));
        output.Show(await api.PostAsync<RolloutView>($"api/v1/rollouts/{ApiCommand.Segment(parsed.GetRequiredValue(Model))}", start, cancellationToken), Write);
        return ExitCodes.Done;
    }

    private static RolloutPolicy PolicyOf(ParseResult parsed)
    {
        var policy = new RolloutPolicy { Strategy = parsed.GetValue(Strategy) };
        return policy with
        {
            Goal = parsed.GetValue(Goal) is { } metric ? new RolloutGoal(metric, parsed.GetValue(MinEffect) ?? 0, parsed.GetValue(Margin) ?? 0) : null,
            Share = parsed.GetValue(Share) ?? policy.Share,
            Reward = parsed.GetValue(Reward),
            Others = parsed.GetValue(Others) ?? [],
            Deadline = parsed.GetValue(Days) is { } days ? TimeSpan.FromDays(days) : policy.Deadline,
        };
    }

    private static async Task<int> PlanAsync(ParseResult parsed, ApiClient api, CommandOutput output, CancellationToken cancellationToken)
    {
        string path = $"api/v1/rollouts/{ApiCommand.Segment(parsed.GetRequiredValue(Model))}/plan";
        RolloutPlan plan = await api.PostAsync<RolloutPlan>(path, new RolloutPlanned(PolicyOf(parsed), parsed.GetValue(Planned)), cancellationToken);
        output.Show(plan, Write);
        return plan.Possible ? ExitCodes.Done : ExitCodes.Failed;
    }

    private static void Write(IAnsiConsole console, RolloutPlan plan)
    {
        console.Write(Tables.Facts(
            ("model", $"{plan.Model}/{plan.Champion}"),
            ("requests a day", plan.RequestsADay),
            ("measured over, days", plan.MeasuredOver.TotalDays),
            ("days needed", plan.Days),
            ("possible", plan.Reason is null ? "yes" : $"no: {plan.Reason}"),
            ("not planned", string.Join("; ", plan.NotPlanned))));
        console.Write(Tables.Of(
            plan.Steps, ("traffic", s => $"{s.Percent:0.##} %"), ("samples", s => s.Samples), ("champion", s => s.ChampionSamples), ("days", s => s.Days), ("because of", s => s.Why)));
    }

    private static async Task<int> StatusAsync(ParseResult parsed, ApiClient api, CommandOutput output, CancellationToken cancellationToken)
    {
        output.Show(await api.GetAsync<RolloutView>($"api/v1/rollouts/{ApiCommand.Segment(parsed.GetRequiredValue(Model))}", cancellationToken), Write);
        return ExitCodes.Done;
    }

    internal static void Write(IAnsiConsole console, RolloutView view)
    {
        RolloutStatus rollout = view.Rollout;
        console.Write(Tables.Facts(
            ("rollout", rollout.Id),
            ("model", $"{rollout.Model}/{rollout.Leading}"),
            ("others", rollout.Policy.Others.Count == 0 ? null : string.Join(", ", rollout.Policy.Others.Append(rollout.Version).Where(v => v != rollout.Leading))),
            ("champion before", rollout.Champion),
            ("state", rollout.State),
            ("traffic", $"{rollout.Percent:0.##} %"),
            ("started", rollout.StartedAt),
            ("reason", rollout.Reason)));
        console.Write(Tables.Of(
            view.Decisions,
            ("at", d => d.At),
            ("decision", d => d.Kind),
            ("traffic", d => $"{d.Percent:0.##} %"),
            ("new: requests / errors / p95 ms", d => Numbers(d.Canary)),
            ("champion", d => Numbers(d.Champion)),
            ("why", d => d.Reason)));
    }

    private static string Numbers(TrafficNumbers? numbers) =>
        numbers is null ? "" : $"{numbers.Requests} / {numbers.Errors} / {(numbers.P95 is { } p95 ? Tables.Number(p95) : "-")}";
}
