using System.CommandLine;
using System.Diagnostics;
using MlOps.Cli.Api;
using MlOps.Cli.Output;
using MlOps.Cli.Quickstart;
using MlOps.Server;
using Spectre.Console;

namespace MlOps.Cli.Commands;

/// <summary>`mlops quickstart`: the whole loop on real data in a fresh directory.</summary>
internal static class QuickstartCommand
{
    private static readonly Option<bool> Once = new("--once") { Description = "Exit when the story is told instead of staying up." };
    private static readonly Option<string> Url = new("--urls") { Description = "Where to listen (default: a free port on loopback).", DefaultValueFactory = _ => "http://127.0.0.1:0" };

    public static Command Create()
    {
        var command = new Verb("quickstart", "Do it all once on the telco-churn data: add, train, roll out, serve, drift, retrain, promote.", "a directory it made itself is removed; one given with --data stays") { Once, Url };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using var place = QuickstartPlace.Of(parsed);
        return await RunAsync(parsed, place.Directory, parsed.Output(), cancellationToken);
    }

    private static async Task<int> RunAsync(ParseResult parsed, DataDirectory directory, CommandOutput output, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        var options = new ServerOptions { Data = directory, Urls = [parsed.GetRequiredValue(Url)], Tick = TimeSpan.FromMilliseconds(500) };
        await using MlOpsServer server = await MlOpsServer.StartAsync(options, cancellationToken);
        output.Line($"serving on {Markup.Escape(server.Urls[0])}, data in {Markup.Escape(directory.Root)}");

        using var http = new HttpClient { BaseAddress = new Uri(server.Urls[0] + "/") };
        await using var api = new ApiClient(new HttpClient { BaseAddress = http.BaseAddress, Timeout = Timeout.InfiniteTimeSpan });
        QuickstartReport report = await new QuickstartScript(api, http, output).RunAsync(cancellationToken);
        output.Show(report, (console, r) => Summary(console, r, Stopwatch.GetElapsedTime(start)));
        if (!parsed.GetValue(Once))
            await StayAsync(server, output, cancellationToken);
        return ExitCodes.Done;
    }

    private static async Task StayAsync(MlOpsServer server, CommandOutput output, CancellationToken cancellationToken)
    {
        string url = Markup.Escape(server.Urls[0]);
        output.Line($"{Environment.NewLine}still serving; try, and Ctrl-C to stop:");
        output.Line($"  curl -s {url}/v2/models/telco-churn");
        output.Line($"  curl -s {url}/api/v1/models/telco-churn");
        output.Line($"  mlops --server {url} rollout status telco-churn");
        await server.WaitForStopAsync(cancellationToken);
    }

    private static void Summary(IAnsiConsole console, QuickstartReport report, TimeSpan took)
    {
        console.Write(new Rule("[bold]summary[/]").LeftJustified());
        console.Write(Tables.Facts(
            ("took", took),
            ("predictions", $"{report.Traffic.Answered} answered, {report.Traffic.Failed} failed; {string.Join(", ", report.Traffic.ByVersion.OrderBy(v => v.Key, StringComparer.Ordinal).Select(v => $"version {v.Key}: {v.Value}"))}"),
            ("ground truth", $"{report.Traffic.GroundTruth} answers"),
            ("first version", Metrics(report.FirstRun.Result!.Metrics)),
            ("drift", report.Alert.Message),
            ("retrained on", report.Retrain.Result!.Dataset),
            ("second version", Metrics(report.Retrain.Result.Metrics)),
            ("champion", $"{report.Champion.Version.Name}: {report.Champion.Sources.Dataset} -> run {report.Champion.RunId} -> version {report.Champion.Version.Version}")));
    }

    private static string Metrics(IReadOnlyDictionary<string, double> metrics) =>
        string.Join("  ", metrics.OrderBy(m => m.Key, StringComparer.Ordinal).Select(m => $"{m.Key} {Tables.Number(m.Value)}"));
}
