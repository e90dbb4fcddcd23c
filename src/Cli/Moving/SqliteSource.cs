using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;

namespace MlOps.Cli.Moving;

/// <summary>MLflow's SQLite file and the folder of its artifacts.</summary>
internal sealed class SqliteSource(MlflowDatabase database, string name, ArtifactFolder? artifacts) : IMoveSource
{
    private const int RunsPerPage = 200;
    private const int PointsPerPage = 5_000;

    public string Name => name;

    public bool HasArtifacts => artifacts is not null;

    public async IAsyncEnumerable<MovedExperiment> ExperimentsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string sql = $"SELECT experiment_id, name, lifecycle_stage, {database.Column("experiments", "creation_time")} FROM experiments ORDER BY experiment_id";
        foreach (MovedExperiment experiment in database.Query(sql, Experiment).ToList())
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return experiment with { Tags = Pairs("experiment_tags", "experiment_id", experiment.Id).DistinctBy(t => t.Key).ToDictionary(t => t.Key, t => t.Value, StringComparer.Ordinal) };
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

    public IAsyncEnumerable<MovedFile> FilesAsync(MovedRun run, CancellationToken cancellationToken) =>
        artifacts is null ? AsyncEnumerable.Empty<MovedFile>() : artifacts.Files(run).ToAsyncEnumerable();

    public Task<MovedContent> OpenAsync(MovedRun run, string path, CancellationToken cancellationToken)
    {
        FileStream file = artifacts!.Open(run, path);
        return Task.FromResult(new MovedContent(file, file.Length));
    }

    private IEnumerable<MovedRun> Runs(string where, params (string Name, object Value)[] values) => database.Query(
        $"SELECT run_uuid, name, user_id, status, start_time, end_time, lifecycle_stage, artifact_uri FROM runs WHERE {where}",
        r => StrangeValues.Read(r.GetString(0), () => new MovedRun(
            r.GetString(0), TextOf(r, 1) ?? "", TextOf(r, 2) ?? "", TextOf(r, 3) ?? "RUNNING", WholeOf(r, 4), WholeOf(r, 5), TextOf(r, 6) == "deleted", TextOf(r, 7) ?? "", [], [], [], [])),
        values);

    private MovedRun Whole(MovedRun run)
    {
        IReadOnlyList<KeyValuePair<string, string>> tags = Pairs("tags", "run_uuid", run.Id);
        string? tagged = tags.FirstOrDefault(t => t.Key == MoveTags.RunName).Value;
        return run with
        {
            Name = run.Name.Length > 0 ? run.Name : tagged is { Length: > 0 } ? tagged : run.Id,
            Params = Pairs("params", "run_uuid", run.Id),
            Tags = tags,
            Latest = [.. Points("latest_metrics", "", ("$id", run.Id)).Select(p => p.Point)],
            Datasets = Datasets(run.Id),
        };
    }

    private List<KeyValuePair<string, string>> Pairs(string table, string owner, string id) => database.Has(table)
        ? [.. database.Query($"SELECT key, value FROM {table} WHERE {owner} = $id", r => KeyValuePair.Create(r.GetString(0), TextOf(r, 1) ?? ""), ("$id", id))]
        : [];

    private IEnumerable<(long Row, MovedPoint Point)> Points(string table, string more, params (string Name, object Value)[] values) => database.Has(table)
        ? database.Query(
            $"SELECT key, value, timestamp, step, {database.Column(table, "is_nan")}, rowid FROM {table} WHERE run_uuid = $id {more}",
            r => (r.GetInt64(5), new MovedPoint(r.GetString(0), WholeOf(r, 4) == 1 || r.IsDBNull(1) ? double.NaN : MovedPoint.FromMlflow(NumberOf(r, 1)), WholeOf(r, 2) ?? 0, WholeOf(r, 3) ?? 0)),
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
            r => (Input: r.GetString(0), Dataset: new MovedDataset(r.GetString(1), r.GetString(2), TextOf(r, 3) ?? "", TextOf(r, 4) ?? "", TextOf(r, 5), TextOf(r, 6), [])),
            ("$id", runId)).ToList();
        return [.. inputs.Select(i => i.Dataset with { Tags = InputTags(i.Input) })];
    }

    private List<KeyValuePair<string, string>> InputTags(string input) => database.Has("input_tags")
        ? [.. database.Query("SELECT name, value FROM input_tags WHERE input_uuid = $id", r => KeyValuePair.Create(r.GetString(0), TextOf(r, 1) ?? ""), ("$id", input))]
        : [];

    private static MovedExperiment Experiment(SqliteDataReader row) =>
        new(TextOf(row, 0)!, row.GetString(1), WholeOf(row, 3), TextOf(row, 2) == "deleted", new Dictionary<string, string>());

    private static string? TextOf(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : Convert.ToString(row.GetValue(column), CultureInfo.InvariantCulture);

    // SQLite itself reads a text as 0.
    private static long? WholeOf(SqliteDataReader row, int column) => row.GetValue(column) switch
    {
        DBNull => null,
        long whole => whole,
        double number => (long)number,
        var other => throw new FormatException($"column {row.GetName(column)} holds '{other}', which is no number"),
    };

    private static double NumberOf(SqliteDataReader row, int column) => row.GetValue(column) switch
    {
        long whole => whole,
        double number => number,
        var other => throw new FormatException($"column {row.GetName(column)} holds '{other}', which is no number"),
    };
}
