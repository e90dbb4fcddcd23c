using System.CommandLine;
using System.Globalization;
using MlOps.Cli.Api;
using MlOps.Cli.Output;
using MlOps.Domain.Gc;
using Spectre.Console;

namespace MlOps.Cli.Commands;

/// <summary>`mlops gc`: what was deleted long ago goes for good.</summary>
internal static class GcCommand
{
    private static readonly Option<TimeSpan?> OlderThan = new("--older-than")
    {
        Description = "Only what was deleted at least so long ago: 30d, 12h, 1d12h30m (default 30d; 0s where ids are given).",
        CustomParser = OptionValue.OptionalDuration,
    };

    private static readonly Option<string?> RunIds = new("--run-ids") { Description = "Only these deleted runs, separated by commas." };
    private static readonly Option<string?> ExperimentIds = new("--experiment-ids") { Description = "Only these deleted experiments with their runs, separated by commas." };
    private static readonly Option<bool> Strays = new("--strays") { Description = "Also files of the artifact tree that lie in no experiment's place and that nothing refers to; without it they are only listed." };
    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "Say what would go, with bytes, and change nothing." };

    public static Command Create() => ApiCommand.Create(
        "gc", "Remove for good what was deleted long ago: runs, experiments, histories, artifacts; and files that belong to nothing.",
        [OlderThan, RunIds, ExperimentIds, Strays, DryRun], RunAsync, whenStopped: "what was removed is gone, the rest is as it was: run it again to go on");

    private static async Task<int> RunAsync(ParseResult parsed, ApiClient api, CommandOutput output, CancellationToken cancellationToken)
    {
        var request = new GcRequest
        {
            OlderThan = parsed.GetValue(OlderThan),
            RunIds = Ids(parsed.GetValue(RunIds)),
            ExperimentIds = Ids(parsed.GetValue(ExperimentIds)),
            Strays = parsed.GetValue(Strays),
            DryRun = parsed.GetValue(DryRun),
        };
        var report = new GcReport(request.DryRun, await CollectAsync(api, request, output, cancellationToken));
        output.Show(report, Write);
        return report.Failed > 0 ? ExitCodes.Failed : ExitCodes.Done;
    }

    private static async Task<IReadOnlyList<GcItem>> CollectAsync(ApiClient api, GcRequest request, CommandOutput output, CancellationToken cancellationToken)
    {
        var items = new List<GcItem>();
        GcPage page;
        do
        {
            page = await api.PostAsync<GcPage>("api/v1/gc", request, cancellationToken);
            items.AddRange(page.Items);
            request = request with { After = page.Next };
            if (page.Next is not null)
                output.Line($"{items.Count:N0} looked at ...");
        }
        while (page.Next is not null);
        return items;
    }

    private static IReadOnlyList<string> Ids(string? text) => text?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];

    private static void Write(IAnsiConsole console, GcReport report)
    {
        if (report.Items.Count > 0)
        {
            console.Write(Tables.Of(
                report.Items,
                ("what", i => i.Kind),
                ("id", i => i.Id),
                ("of", i => i.Experiment ?? i.Name),
                ("deleted", i => i.DeletedAt),
                ("files", i => i.Files),
                ("bytes", i => i.Bytes),
                ("", i => i.Outcome),
                ("why", i => i.Why)));
        }

        string gone = string.Create(CultureInfo.InvariantCulture, $"{report.Removed:N0} {(report.DryRun ? "would be removed" : "removed")}, {report.Bytes:N0} bytes in {report.Files:N0} files and histories");
        console.WriteLine($"{gone}; {report.Kept} kept{(report.Failed > 0 ? $", {report.Failed} failed" : "")}");
    }
}

/// <summary>What `mlops gc` did.</summary>
/// <param name="DryRun">Nothing was changed.</param>
internal sealed record GcReport(bool DryRun, IReadOnlyList<GcItem> Items)
{
    public int Removed => Gone.Count();

    public int Kept => Items.Count(i => i.Outcome == GcOutcome.Kept);

    public int Failed => Items.Count(i => i.Outcome == GcOutcome.Failed);

    /// <summary>Of what was, or would be, removed.</summary>
    public int Files => Gone.Sum(i => i.Files);

    public long Bytes => Gone.Sum(i => i.Bytes);

    private IEnumerable<GcItem> Gone => Items.Where(i => i.Outcome is GcOutcome.Removed or GcOutcome.Removable);
}
