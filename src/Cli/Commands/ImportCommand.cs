using System.CommandLine;
using MlOps.Cli.Api;
using MlOps.Cli.Moving;
using MlOps.Cli.Output;

namespace MlOps.Cli.Commands;

/// <summary>`mlops import mlflow`: experiments, runs, models and traces of an MLflow server, or of its SQLite file.</summary>
internal static class ImportCommand
{
    private static readonly Option<string?> Sqlite = new("--sqlite") { Description = "MLflow's SQLite file instead of a server; it is only read." };
    private static readonly Option<string?> Artifacts = new("--artifacts") { Description = "With --sqlite: the folder of the artifacts, mlruns or mlartifacts by habit; without it none are copied." };

    public static Command Create() => new("import", "Bring in what another tool tracked.")
    {
        ApiCommand.Create(
            "mlflow", "Copy experiments, runs, models, traces and artifacts of MLflow; again, what is new (docs/moving.md).",
            [MoveOptions.TrackingUri, MoveOptions.TrackingToken, Sqlite, Artifacts, MoveOptions.Experiments, MoveOptions.Models, MoveOptions.Parallel, MoveOptions.DryRun],
            RunAsync, mayMakeDirectory: true, whenStopped: MoveOptions.WhenStopped),
    };

    private static async Task<int> RunAsync(ParseResult parsed, ApiClient api, CommandOutput output, CancellationToken cancellationToken)
    {
        using HttpClient? http = parsed.GetValue(MoveOptions.TrackingUri) is { } uri ? MlflowAddress.Open(uri, parsed.GetValue(MoveOptions.TrackingToken)) : null;
        IMoveSource source = Source(parsed, http);
        MlflowRest own = api.Own();
        var reader = new RestSource(own);
        var mover = new Mover(source, own, "mlflow", (experiment, _) => Task.FromResult<IRunPlaces>(new KeptIds(api, reader, experiment)), KeptIds.IdOf, parsed.Plan(), TimeProvider.System, output);
        return output.Show(await mover.RunAsync(cancellationToken));
    }

    private static IMoveSource Source(ParseResult parsed, HttpClient? http)
    {
        string? sqlite = parsed.GetValue(Sqlite), artifacts = parsed.GetValue(Artifacts);
        if (http is null == sqlite is null)
            throw MlOpsException.Invalid("import-source", "say where to import from: either --tracking-uri http://host:5000, or --sqlite mlflow.db with --artifacts FOLDER");
        if (sqlite is not null)
            return new SqliteSource(MlflowDatabase.Open(sqlite), sqlite, artifacts is null ? null : new ArtifactFolder(artifacts));
        return artifacts is null ? new RestSource(MoveOptions.Theirs(http!)) : throw MlOpsException.Invalid("import-source", "--artifacts goes with --sqlite; a server is asked for its artifacts");
    }
}
