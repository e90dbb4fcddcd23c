using System.CommandLine;
using System.Globalization;
using MlOps.Api.Rollout;
using MlOps.Cli.Api;
using MlOps.Cli.Output;
using MlOps.Domain;
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
    /// <summary>Of a plan: more are told as that many.</summary>
    private const double MostDays = 1_000_000;

    public static Command Create() => new("rollout", "How a model version gets its traffic.")
    {
        ApiCommand.Create("start", "Roll a version out.", [Model, Version, .. RolloutOptions.All], StartAsync, whenStopped: Verb.Undecided),
        ApiCommand.Create("plan", "How long a rollout takes at the present traffic; exit code 1 for one that cannot end before its deadline.", [Model, Planned, .. RolloutOptions.All], PlanAsync),
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
        int version = parsed.GetValue(Version);
        var start = new RolloutStart(version, await RolloutOptions.ReadAsync(parsed, version, cancellationToken));
        output.Show(await api.PostAsync<RolloutView>($"api/v1/rollouts/{ApiCommand.Segment(parsed.GetRequiredValue(Model))}", start, cancellationToken), Write);
        return ExitCodes.Done;
    }

    private static async Task<int> PlanAsync(ParseResult parsed, ApiClient api, CommandOutput output, CancellationToken cancellationToken)
    {
        string path = $"api/v1/rollouts/{ApiCommand.Segment(parsed.GetRequiredValue(Model))}/plan";
        int? version = parsed.GetValue(Planned);
        RolloutPlan plan = await api.PostAsync<RolloutPlan>(path, new RolloutPlanned(await RolloutOptions.ReadAsync(parsed, version, cancellationToken), version), cancellationToken);
        output.Show(plan, Write);
        return plan.Possible ? ExitCodes.Done : ExitCodes.Failed;
    }

    private static void Write(IAnsiConsole console, RolloutPlan plan)
    {
        console.Write(Tables.Facts(
            ("model", $"{plan.Model}/{plan.Champion}"),
            ("requests a day", plan.RequestsADay >= 1_000 ? plan.RequestsADay.ToString("N0", CultureInfo.InvariantCulture) : plan.RequestsADay),
            ("measured over", DurationText.Of(plan.MeasuredOver)),
            ("time needed", plan.Steps.Count == 0 ? "not known" : Needed(plan.Days)),
            ("possible", plan.Reason is null ? "yes" : $"no: {plan.Reason}"),
            ("not planned", string.Join("; ", plan.NotPlanned))));
        console.Write(Tables.Of(
            plan.Steps, ("traffic", s => $"{s.Percent:0.##} %"), ("samples", s => s.Samples), ("champion", s => s.ChampionSamples), ("time needed", s => Needed(s.Days)), ("because of", s => s.Why)));
    }

    private static string Needed(double? days) => days is { } known ? DurationText.Of(TimeSpan.FromDays(Math.Min(known, MostDays))) : "no end";

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
