using System.CommandLine;
using MlOps.Cli.Api;
using MlOps.Cli.Output;
using MlOps.Domain.Experiments;

namespace MlOps.Cli.Commands;

/// <summary>`mlops run list | show`: what the experiments hold.</summary>
internal static class RunCommand
{
    private static readonly Argument<string?> Experiment = new("experiment") { Description = "An experiment; without one, all of them are listed.", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<string?> Filter = new("--filter") { Description = "Only runs that it lets through, such as \"metrics.auc > 0.8 AND params.depth = '6'\"." };
    private static readonly Option<string[]> OrderBy = new("--order-by") { Description = "A field with ASC or DESC, such as \"metrics.auc DESC\"; repeatable. Without it newest first." };
    private static readonly Argument<string> Id = new("id") { Description = "The run." };

    public static Command Create() => new("run", "Tracked runs: parameters, metrics, tags, artifacts.")
    {
        ApiCommand.Create("list", "Experiments, or the runs of one.", [Experiment, Filter, OrderBy], ListAsync),
        ApiCommand.Create("show", "One run.", [Id], ShowAsync),
    };

    private static async Task<int> ListAsync(ParseResult parsed, ApiClient api, CommandOutput output, CancellationToken cancellationToken)
    {
        if (parsed.GetValue(Experiment) is not { } experiment)
        {
            IReadOnlyList<Experiment> all = await api.ListAsync<Experiment>("api/v1/experiments", cancellationToken);
            output.Show(all, (console, items) => console.Write(Tables.Of(items, ("experiment", e => e.Name), ("created", e => e.CreatedAt))));
            return ExitCodes.Done;
        }

        IReadOnlyList<Run> runs = await api.ListAsync<Run>($"api/v1/experiments/{ApiCommand.Segment(experiment)}/runs{Search(parsed)}", cancellationToken);
        output.Show(runs, (console, items) => console.Write(Tables.Of(
            items,
            ("run", r => r.Id),
            ("name", r => r.Name),
            ("status", r => r.Status),
            ("started", r => r.StartedAt),
            ("data", r => r.Lineage.Dataset),
            ("metrics", r => MetricText(r.Metrics)))));
        return ExitCodes.Done;
    }

    private static string Search(ParseResult parsed)
    {
        IEnumerable<string> parts = parsed.GetValue(Filter) is { } filter ? [$"filter={Uri.EscapeDataString(filter)}"] : [];
        string query = string.Join('&', parts.Concat((parsed.GetValue(OrderBy) ?? []).Select(o => $"orderBy={Uri.EscapeDataString(o)}")));
        return query.Length == 0 ? "" : "?" + query;
    }

    private static async Task<int> ShowAsync(ParseResult parsed, ApiClient api, CommandOutput output, CancellationToken cancellationToken)
    {
        Run run = await api.GetAsync<Run>($"api/v1/runs/{ApiCommand.Segment(parsed.GetRequiredValue(Id))}", cancellationToken);
        output.Show(run, (console, r) =>
        {
            console.Write(Tables.Facts(
                ("run", r.Id),
                ("name", r.Name),
                ("experiment", r.Experiment),
                ("status", r.Status),
                ("reason", r.Reason),
                ("started", r.StartedAt),
                ("ended", r.EndedAt),
                ("data", r.Lineage.Dataset),
                ("spec", r.Lineage.SpecDigest),
                ("code", r.Lineage.CodeVersion),
                ("pipeline run", r.Lineage.PipelineRun)));
            console.Write(Tables.Of(r.Params.OrderBy(p => p.Key, StringComparer.Ordinal), ("param", p => p.Key), ("value", p => Tables.Short(p.Value))));
            console.Write(Tables.Of(r.Metrics.OrderBy(m => m.Key, StringComparer.Ordinal), ("metric", m => m.Key), ("value", m => m.Value)));
        });
        return ExitCodes.Done;
    }

    private static string MetricText(IReadOnlyDictionary<string, double> metrics) =>
        string.Join("  ", metrics.OrderBy(m => m.Key, StringComparer.Ordinal).Take(5).Select(m => $"{m.Key} {Tables.Number(m.Value)}"));
}
