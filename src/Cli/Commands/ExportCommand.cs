using System.Collections.Concurrent;
using System.CommandLine;
using MlOps.Cli.Api;
using MlOps.Cli.Moving;
using MlOps.Cli.Output;

namespace MlOps.Cli.Commands;

/// <summary>`mlops export mlflow`: experiments, runs, models and traces to a server that speaks MLflow's API.</summary>
internal static class ExportCommand
{
    public static Command Create() => new("export", "Take what was tracked elsewhere.")
    {
        ApiCommand.Create(
            "mlflow", "Copy experiments, runs, models, traces and artifacts to an MLflow server; again, what is new (docs/moving.md).",
            [MoveOptions.TrackingUri, MoveOptions.TrackingToken, MoveOptions.Experiments, MoveOptions.Models, MoveOptions.Parallel, MoveOptions.DryRun],
            RunAsync, whenStopped: MoveOptions.WhenStopped),
    };

    private static async Task<int> RunAsync(ParseResult parsed, ApiClient api, CommandOutput output, CancellationToken cancellationToken)
    {
        string uri = parsed.GetValue(MoveOptions.TrackingUri) ?? throw MlOpsException.Invalid("tracking-uri", "say where to export to: --tracking-uri http://host:5000");
        using HttpClient http = MlflowAddress.Open(uri, parsed.GetValue(MoveOptions.TrackingToken));
        MlflowRest theirs = MoveOptions.Theirs(http);
        var source = new RestSource(api.Own());
        var copies = new ConcurrentDictionary<string, string>(StringComparer.Ordinal);
        var mover = new Mover(source, theirs, "mlops", async (experiment, token) => await NewIds.ReadAsync(theirs, source, experiment, copies, token), copies.GetValueOrDefault, parsed.Plan(), TimeProvider.System, output);
        return output.Show(await mover.RunAsync(cancellationToken));
    }
}
