using System.Globalization;

namespace MlOps.Cli.Moving;

/// <summary>A run where it is copied to.</summary>
/// <param name="Copied">What <see cref="MoveTags.Copied"/> says of it.</param>
internal sealed record TargetRun(string Id, bool IsDeleted, string? Copied, string ArtifactUri)
{
    private const string Changed = "changed";

    /// <summary>No copy but the original, come upon by its copy: never written to, deleted or restored.</summary>
    public bool IsHome { get; private init; }

    /// <summary>Somebody has changed the copy since it was made: it is not deleted with its source.</summary>
    public bool IsChanged { get; private init; }

    public MovedPlace Place => new(MovedKind.Run, Id, ArtifactUri);

    public static TargetRun AtHome(string id, string artifactUri) => new(id, false, null, artifactUri) { IsHome = true };

    public static TargetRun Of(MovedRun run) => new(run.Id, run.IsDeleted, run.Tag(MoveTags.Copied), run.ArtifactUri)
    {
        IsChanged = run.Tag(MoveTags.Copied) is not null && run.Tag(MoveTags.State) != run.State(),
    };

    /// <summary>What <see cref="MoveTags.State"/> is to say; a change stays one when the source is copied over it.</summary>
    public string StateOf(MovedRun now) => IsChanged ? Changed : now.State();
}

/// <summary>Where experiments are copied to, by MLflow's API; runs are found and begun as <see cref="IRunPlaces"/> says.</summary>
internal sealed class MoveTarget(MlflowRest rest, RestSource reader)
{
    /// <summary>Of one call, as MLflow limits them; and below its million bytes.</summary>
    private const int BatchMetrics = 1_000;
    private const int BatchPairs = 100;
    private const int BatchChars = 300_000;
    private const int DigestChars = 36;

    public async Task LogPairsAsync(string runId, string what, IReadOnlyList<KeyValuePair<string, string>> pairs, CancellationToken cancellationToken)
    {
        var some = new List<KeyValuePair<string, string>>();
        int chars = 0;
        foreach (KeyValuePair<string, string> pair in pairs)
        {
            int more = pair.Key.Length + pair.Value.Length;
            if (some.Count == BatchPairs || (some.Count > 0 && chars + more > BatchChars))
            {
                await LogAsync(runId, what, some, cancellationToken);
                (some, chars) = ([], 0);
            }

            some.Add(pair);
            chars += more;
        }

        if (some.Count > 0)
            await LogAsync(runId, what, some, cancellationToken);
    }

    /// <returns>How many there were.</returns>
    public async Task<long> LogPointsAsync(string runId, IAsyncEnumerable<MovedPoint> points, CancellationToken cancellationToken)
    {
        long count = 0;
        await foreach (MovedPoint[] some in points.Chunk(BatchMetrics).WithCancellation(cancellationToken))
        {
            var metrics = some.Select(p => new { p.Key, Value = Number(p.Value), Timestamp = p.Time, p.Step });
            await rest.PostAsync("runs/log-batch", new { RunId = runId, Metrics = metrics }, cancellationToken);
            count += some.Length;
        }

        return count;
    }

    public async Task LogDatasetsAsync(string runId, IReadOnlyList<MovedDataset> datasets, CancellationToken cancellationToken)
    {
        foreach (MovedDataset d in datasets)
        {
            string digest = d.Digest.Length <= DigestChars ? d.Digest : d.Digest[..DigestChars];
            var dataset = new { d.Name, Digest = digest, d.SourceType, d.Source, d.Schema, d.Profile };
            await LogDatasetAsync(new { RunId = runId, Datasets = new[] { new { Tags = Objects(d.Tags), Dataset = dataset } } }, cancellationToken);
        }
    }

    /// <summary>
    /// Asks again once: of two runs that log a data set which MLflow does not have yet, both insert it, and the later one fails (400, a unique
    /// key). All runs of an experiment often have the same.
    /// </summary>
    private async Task LogDatasetAsync(object inputs, CancellationToken cancellationToken)
    {
        try
        {
            await rest.PostAsync("runs/log-inputs", inputs, cancellationToken);
        }
        catch (MlOpsException e) when (e.Kind == ErrorKind.Invalid)
        {
            await rest.PostAsync("runs/log-inputs", inputs, cancellationToken);
        }
    }

    /// <summary>Logged models that it used and made.</summary>
    public async Task LinkModelsAsync(string runId, IReadOnlyList<string> inputs, IReadOnlyList<MovedOutput> outputs, CancellationToken cancellationToken)
    {
        if (inputs.Count > 0)
            await rest.PostAsync("runs/log-inputs", new { RunId = runId, Models = inputs.Select(id => new { ModelId = id }) }, cancellationToken);
        if (outputs.Count > 0)
            await rest.PostAsync("runs/outputs", new { RunId = runId, Models = outputs }, cancellationToken);
    }

    public Task UpdateAsync(string runId, MovedRun like, CancellationToken cancellationToken) =>
        rest.PostAsync("runs/update", new { RunId = runId, like.Status, EndTime = like.EndedAt, RunName = like.Name }, cancellationToken);

    /// <summary>Says last that the copy is there.</summary>
    public async Task MarkAsync(TargetRun copy, string mark, CancellationToken cancellationToken)
    {
        if (await reader.FindRunAsync(copy.Id, cancellationToken) is { } now)
            await SetTagAsync(copy.Id, MoveTags.State, copy.StateOf(now), cancellationToken);
        await SetTagAsync(copy.Id, MoveTags.Copied, mark, cancellationToken);
    }

    private Task SetTagAsync(string runId, string key, string value, CancellationToken cancellationToken) =>
        rest.PostAsync("runs/set-tag", new { RunId = runId, Key = key, Value = value }, cancellationToken);

    public Task DeleteAsync(string runId, CancellationToken cancellationToken) => rest.PostAsync("runs/delete", new { RunId = runId }, cancellationToken);

    public Task RestoreAsync(string runId, CancellationToken cancellationToken) => rest.PostAsync("runs/restore", new { RunId = runId }, cancellationToken);

    private Task LogAsync(string runId, string what, List<KeyValuePair<string, string>> pairs, CancellationToken cancellationToken) =>
        rest.PostAsync("runs/log-batch", new Dictionary<string, object> { ["run_id"] = runId, [what] = Objects(pairs) }, cancellationToken);

    internal static object[] Objects(IEnumerable<KeyValuePair<string, string>> pairs) => [.. pairs.Select(p => new { p.Key, p.Value })];

    internal static object Number(double value) => double.IsFinite(value) ? value : value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>How a target finds the copy of a run, and begins one.</summary>
internal interface IRunPlaces
{
    Task<TargetRun?> FindAsync(MovedRun run, CancellationToken cancellationToken);

    Task<TargetRun> BeginAsync(MovedRun run, CancellationToken cancellationToken);

    /// <summary>The id in the target of a run that one of this experiment, or a logged model, names.</summary>
    /// <param name="experimentId">Of the experiment, in the source; null where the source does not say.</param>
    Task<string> IdAsync(string id, string? experimentId, CancellationToken cancellationToken);
}
