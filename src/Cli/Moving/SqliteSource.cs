using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;
using MlOps.Cli.Moving.LoggedModels;
using MlOps.Cli.Moving.Registry;
using MlOps.Cli.Moving.Traces;

namespace MlOps.Cli.Moving;

/// <summary>MLflow's SQLite file and the folder of its artifacts.</summary>
internal sealed class SqliteSource(MlflowDatabase database, string name, ArtifactFolder? artifacts) : IMoveSource
{
    private const int RunsPerPage = 200;
    private const int PointsPerPage = 5_000;

    private readonly SqliteModels _models = new(database);
    private readonly SqliteTraces _traces = new(database);
    private readonly SqliteRegistry _registry = new(database);

    public string Name => name;

    public bool HasArtifacts => artifacts is not null;

    public IReadOnlyList<string> Notes => [.. SqliteWorkspaces.Others(database).Select(w => $"workspace '{w}' of {name} is not copied: of a file with several only '{SqliteWorkspaces.Default}' is read")];

    public async IAsyncEnumerable<MovedExperiment> ExperimentsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string sql = $"SELECT experiment_id, name, lifecycle_stage, {database.Column("experiments", "creation_time")} FROM experiments WHERE {SqliteWorkspaces.IsDefault(database, "experiments")} ORDER BY experiment_id";
        foreach (MovedExperiment experiment in database.Query(sql, Experiment).ToList())
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return experiment with { Tags = database.Pairs("experiment_tags", ("$id", experiment.Id), "experiment_id = $id").DistinctBy(t => t.Key).ToDictionary(t => t.Key, t => t.Value, StringComparer.Ordinal) };
        }

        await Task.CompletedTask;
    }

    public async IAsyncEnumerable<MovedRun> RunsAsync(MovedExperiment experiment, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string after = "";
        List<MovedRun> page;
        do
        {
            page = [.. Runs("experiment_id = $experiment AND run_uuid > $after ORDER BY run_uuid LIMIT $limit", ("$experiment", experiment.Id), ("$after", after), ("$limit", RunsPerPage))];
            foreach (MovedRun run in page)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return run.Unreadable is null ? StrangeValues.Read(run.Id, () => Whole(run)) : run;
            }

            after = page.LastOrDefault()?.Id ?? after;
        }
        while (page.Count == RunsPerPage);

        await Task.CompletedTask;
    }

    public Task<MovedRun?> FindRunAsync(string id, CancellationToken cancellationToken) =>
        Task.FromResult(Runs("run_uuid = $id", ("$id", id)).Select(Whole).FirstOrDefault());

    /// <summary>A page is read whole before it is sent: an open query would keep everybody from writing to the file.</summary>
    public async IAsyncEnumerable<MovedPoint> HistoryAsync(MovedRun run, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        long after = long.MinValue;
        List<(long Row, MovedPoint Point)> page;
        do
        {
            page = [.. Points("metrics", "AND rowid > $after ORDER BY rowid LIMIT $limit", ("$id", run.Id), ("$after", after), ("$limit", PointsPerPage))];
            foreach ((long row, MovedPoint point) in page)
            {
                cancellationToken.ThrowIfCancellationRequested();
                after = row;
                yield return point;
            }
        }
        while (page.Count == PointsPerPage);

        await Task.CompletedTask;
    }

    public Task<IReadOnlyList<string>> ModelInputsAsync(MovedRun run, CancellationToken cancellationToken) => Task.FromResult(run.ModelInputs);

    public IAsyncEnumerable<MovedModel> ModelsAsync(MovedExperiment experiment, CancellationToken cancellationToken) => _models.All(experiment.Id).ToAsyncEnumerable();

    public Task<MovedModel?> FindModelAsync(string id, CancellationToken cancellationToken) => Task.FromResult(_models.Find(id));

    public IAsyncEnumerable<MovedTrace> TracesAsync(MovedExperiment experiment, CancellationToken cancellationToken) => _traces.All(experiment.Id).ToAsyncEnumerable();

    public Task<MovedContent?> OpenSpansAsync(MovedTrace trace, CancellationToken cancellationToken) => Task.FromResult(_traces.Spans(trace) ?? SpansFile(trace));

    public IAsyncEnumerable<MovedRegisteredModel> RegisteredModelsAsync(CancellationToken cancellationToken) => _registry.Models().ToAsyncEnumerable();

    public Task<IReadOnlyList<MovedVersion>> VersionsAsync(MovedRegisteredModel model, CancellationToken cancellationToken) => Task.FromResult(_registry.Versions(model));

    public Task<string?> LocationAsync(MovedVersion version, CancellationToken cancellationToken) => Task.FromResult(_registry.Location(version));

    public IAsyncEnumerable<MovedFile> FilesAsync(MovedPlace place, CancellationToken cancellationToken) =>
        artifacts is null ? AsyncEnumerable.Empty<MovedFile>() : artifacts.Files(place).ToAsyncEnumerable();

    public Task<MovedContent> OpenAsync(MovedPlace place, string path, CancellationToken cancellationToken)
    {
        FileStream file = artifacts!.Open(place, path);
        return Task.FromResult(new MovedContent(file, file.Length));
    }

    private MovedContent? SpansFile(MovedTrace trace)
    {
        try
        {
            return artifacts?.Open(trace.Place, TraceMove.SpansFile) is { } file ? new MovedContent(file, file.Length) : null;
        }
        catch (Exception e) when (e is FileNotFoundException or MlOpsException { Kind: ErrorKind.NotFound })
        {
            return null;
        }
    }

    private IEnumerable<MovedRun> Runs(string where, params (string Name, object Value)[] values) => database.Query(
        $"SELECT run_uuid, name, user_id, status, start_time, end_time, lifecycle_stage, artifact_uri, experiment_id FROM runs WHERE {where}",
        r => StrangeValues.Read(r.GetString(0), () => new MovedRun(
            r.GetString(0), r.TextOf(1) ?? "", r.TextOf(2) ?? "", r.TextOf(3) ?? "RUNNING", r.WholeOf(4), r.WholeOf(5), r.TextOf(6) == "deleted", r.TextOf(7) ?? "", [], [], [], [])
        {
            ExperimentId = r.TextOf(8),
        }),
        values);

    private MovedRun Whole(MovedRun run)
    {
        IReadOnlyList<KeyValuePair<string, string>> tags = database.Pairs("tags", ("$id", run.Id), "run_uuid = $id");
        string? tagged = tags.FirstOrDefault(t => t.Key == MoveTags.RunName).Value;
        return run with
        {
            Name = run.Name.Length > 0 ? run.Name : tagged is { Length: > 0 } ? tagged : run.Id,
            Params = database.Pairs("params", ("$id", run.Id), "run_uuid = $id"),
            Tags = tags,
            Latest = [.. Points("latest_metrics", "", ("$id", run.Id)).Select(p => p.Point)],
            Datasets = Datasets(run.Id),
            ModelInputs = [.. Links("RUN_INPUT", "MODEL_INPUT", run.Id).Select(m => m.ModelId)],
            ModelOutputs = Links("RUN_OUTPUT", "MODEL_OUTPUT", run.Id),
        };
    }

    private IEnumerable<(long Row, MovedPoint Point)> Points(string table, string more, params (string Name, object Value)[] values) => database.Has(table)
        ? database.Query(
            $"SELECT key, value, timestamp, step, {database.Column(table, "is_nan")}, rowid FROM {table} WHERE run_uuid = $id {more}",
            r => (r.GetInt64(5), new MovedPoint(r.GetString(0), r.WholeOf(4) == 1 || r.IsDBNull(1) ? double.NaN : MovedPoint.FromMlflow(r.NumberOf(1)), r.WholeOf(2) ?? 0, r.WholeOf(3) ?? 0)),
            values)
        : [];

    private List<MovedDataset> Datasets(string runId)
    {
        if (!database.Has("inputs") || !database.Has("datasets"))
            return [];
        var inputs = database.Query(
            """
            SELECT inputs.input_uuid, name, digest, dataset_source_type, dataset_source, dataset_schema, dataset_profile FROM inputs
            JOIN datasets ON datasets.dataset_uuid = inputs.source_id
            WHERE inputs.source_type = 'DATASET' AND inputs.destination_type = 'RUN' AND inputs.destination_id = $id
            """,
            r => (Input: r.GetString(0), Dataset: new MovedDataset(r.GetString(1), r.GetString(2), r.TextOf(3) ?? "", r.TextOf(4) ?? "", r.TextOf(5), r.TextOf(6), [])),
            ("$id", runId)).ToList();
        return [.. inputs.Select(i => i.Dataset with { Tags = database.Pairs("input_tags", ("$id", i.Input), "input_uuid = $id", "name") })];
    }

    /// <summary>Logged models that the run used, or made.</summary>
    private List<MovedOutput> Links(string source, string destination, string runId) => database.Has("inputs")
        ? [.. database.Query(
            $"SELECT destination_id, {database.Column("inputs", "step")} FROM inputs WHERE source_type = $source AND source_id = $id AND destination_type = $destination",
            r => new MovedOutput(r.GetString(0), r.WholeOf(1) ?? 0),
            ("$source", source), ("$id", runId), ("$destination", destination))]
        : [];

    private static MovedExperiment Experiment(SqliteDataReader row) =>
        new(row.TextOf(0)!, row.GetString(1), row.WholeOf(3), row.TextOf(2) == "deleted", new Dictionary<string, string>());
}
