using System.Runtime.CompilerServices;
using MlOps.Domain.Experiments.Issues;
using MlOps.Domain.Experiments.Models;
using MlOps.Domain.Experiments.Purging;
using MlOps.Domain.Experiments.Scorers;
using MlOps.Domain.Experiments.Search;
using MlOps.Domain.Experiments.Traces;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Experiments;

/// <summary>
/// Experiments and their runs. Every write is safe to repeat and durable when its task completes; several writers may log to one
/// run at once.
/// </summary>
public sealed class ExperimentTracker
{
    private readonly TimeProvider _time;
    private readonly ExperimentsTable _experiments;
    private readonly RunsTable _runs;
    private readonly RunUpdateQueue _updates;
    private readonly MetricLogTable _metrics;
    private readonly RunArtifacts _artifacts;
    private readonly RunInputs _inputs;

    public ExperimentTracker(IEntityTable tables, IBlobStore blobs, TimeProvider time)
    {
        _time = time;
        _experiments = new ExperimentsTable(tables, time);
        _runs = new RunsTable(tables, time);
        _metrics = new MetricLogTable(tables);
        var owners = new FolderOwners((id, cancel) => Models!.FindOwnerAsync(id, cancel), (id, cancel) => Traces!.FindOwnerAsync(id, cancel));
        var written = new WrittenFile(blobs, _runs, owners);
        _artifacts = new RunArtifacts(blobs, written);
        _inputs = new RunInputs(blobs, time);
        Catalog = new ExperimentCatalog(_experiments, time);
        _updates = new RunUpdateQueue(_runs, _metrics, (experiment, runs) => Search!.Changed(experiment, runs));
        Artifacts = new ArtifactTree(blobs, FindRunAsync, owners, written);
        Uploads = new ArtifactUploads(blobs, Artifacts, time);
        Models = new LoggedModels(tables, Catalog, Artifacts, time);
        Traces = new TraceLog(tables, Catalog, Artifacts, FindRunAsync, time);
        Issues = new IssueLog(tables, Catalog, Traces, FindRunAsync, time);
        Scorers = new ScorerRegistry(tables, Catalog, Traces, time);
        Search = new RunSearch(Catalog, _runs, _inputs, _updates.Owns);
        Purge = new ExperimentPurge(new PurgeStores(tables, blobs, _experiments, _runs, _metrics, _artifacts, _inputs, Models, Traces, Issues, Scorers, time), _updates);
    }

    /// <summary>Experiments by id: made, renamed, tagged, deleted, restored.</summary>
    public ExperimentCatalog Catalog { get; }

    /// <summary>The artifacts of all runs, and others, as one tree.</summary>
    public ArtifactTree Artifacts { get; }

    /// <summary>Files that arrive in parts.</summary>
    public ArtifactUploads Uploads { get; }

    /// <summary>Models that clients of MLflow 3 logged.</summary>
    public LoggedModels Models { get; }

    /// <summary>Traces that clients of MLflow logged.</summary>
    public TraceLog Traces { get; }

    /// <summary>What is wrong in traces.</summary>
    public IssueLog Issues { get; }

    /// <summary>How clients of MLflow score traces.</summary>
    public ScorerRegistry Scorers { get; }

    /// <summary>Finds runs by what is in them.</summary>
    public RunSearch Search { get; }

    /// <summary>Removes for good what was deleted, and files that belong to nothing.</summary>
    public ExperimentPurge Purge { get; }

    /// <summary>The experiment of that name, created if there is none.</summary>
    public Task<Experiment> EnsureExperimentAsync(string name, CancellationToken cancellationToken)
    {
        TrackingLimits.CheckName("experiment", name);
        return _experiments.EnsureAsync(name, cancellationToken);
    }

    /// <exception cref="MlOpsException">NotFound <c>experiment-missing</c>, with the names there are.</exception>
    public async Task<Experiment> GetExperimentAsync(string name, CancellationToken cancellationToken) =>
        await _experiments.FindByNameAsync(name, cancellationToken) ?? throw await ExperimentMissingAsync(name, cancellationToken);

    /// <summary>All experiments that are not deleted, newest first.</summary>
    public async Task<IReadOnlyList<Experiment>> ListExperimentsAsync(CancellationToken cancellationToken) =>
        [.. (await _experiments.ListAsync(cancellationToken)).Where(e => e.DeletedAt is null)];

    /// <summary>Begins a run. A run of that id in that experiment is returned as it stands, whatever its status; nothing of it is changed.</summary>
    /// <exception cref="MlOpsException">Conflict <c>run-exists</c>: the id belongs to a run of another experiment.</exception>
    public async Task<Run> StartRunAsync(RunStart start, CancellationToken cancellationToken)
    {
        RunDocument document = NewRun(start);
        Experiment experiment = await ExperimentOfAsync(start, cancellationToken);
        RunDocument run = await _updates.StartAsync(document with { ExperimentId = experiment.Id }, cancellationToken);
        if (run.ExperimentId != experiment.Id)
            throw MlOpsException.Conflict("run-exists", $"run '{run.Id}' belongs to another experiment than '{experiment.Name}': take another run id");
        return run.ToRun(experiment);
    }

    /// <summary>Logs and changes all that is given in one step, all or nothing.</summary>
    /// <exception cref="MlOpsException">Conflict <c>param-changed</c>, <c>run-deleted</c>, <c>experiment-deleted</c>; Invalid names or values; NotFound <c>run-missing</c>; TooLarge <c>run-too-large</c>.</exception>
    public async Task LogAsync(string runId, RunChanges changes, CancellationToken cancellationToken)
    {
        TrackingLimits.Check(changes);
        string experimentId = (await ActiveExperimentOfAsync(runId, cancellationToken)).Id;
        // Data sets first, then the run that names them: one that nobody names is no harm.
        await _inputs.StoreAsync(experimentId, changes.Inputs, cancellationToken);
        await _updates.LogAsync(runId, changes, cancellationToken);
    }

    /// <summary>Logs params. The same value again is fine, another one a Conflict <c>param-changed</c>.</summary>
    public Task LogParamsAsync(string runId, IReadOnlyDictionary<string, string> values, CancellationToken cancellationToken) =>
        LogAsync(runId, new RunChanges { Params = values }, cancellationToken);

    /// <summary>Logs points of any number of metrics; a point logged before changes nothing.</summary>
    public Task LogMetricsAsync(string runId, IReadOnlyList<MetricPoint> points, CancellationToken cancellationToken) =>
        LogAsync(runId, new RunChanges { Metrics = points }, cancellationToken);

    public Task SetTagsAsync(string runId, IReadOnlyDictionary<string, string> tags, CancellationToken cancellationToken) =>
        LogAsync(runId, new RunChanges { Tags = tags.ToDictionary(t => t.Key, t => (string?)t.Value) }, cancellationToken);

    /// <summary>
    /// Ends a run as Finished, Failed or Killed. Repeating the same status keeps the first end; another status replaces it, since a
    /// failed run may be run again.
    /// </summary>
    public Task EndRunAsync(string runId, RunStatus status, string? reason, CancellationToken cancellationToken)
    {
        if (status is RunStatus.Running or RunStatus.Scheduled)
            throw new ArgumentOutOfRangeException(nameof(status), status, "a run ends as Finished, Failed or Killed");
        return _updates.UpdateAsync(runId, run => RunUpdates.End(run, status, reason, _time.GetUtcNow()), cancellationToken);
    }

    /// <exception cref="MlOpsException">NotFound <c>run-missing</c>.</exception>
    public async Task<Run> GetRunAsync(string runId, CancellationToken cancellationToken)
    {
        RunDocument run = await FindAsync(runId, cancellationToken);
        Experiment? experiment = await _experiments.FindAsync(run.ExperimentId, cancellationToken);
        return run.ToRun(experiment ?? throw RunsTable.Missing(runId), await _inputs.LoadAsync(run, cancellationToken));
    }

    /// <summary>Hides a run from what lists active ones, and takes no more logging to it. Repeating changes nothing.</summary>
    /// <exception cref="MlOpsException">NotFound <c>run-missing</c>.</exception>
    /// <param name="isForeign">Whether a client asks: a run of a pipeline that is under way is refused then (<c>run-of-pipeline</c>).</param>
    public Task DeleteRunAsync(string runId, CancellationToken cancellationToken, bool isForeign = false) =>
        _updates.UpdateAsync(runId, run => RunUpdates.Delete(run, _time.GetUtcNow(), isForeign), cancellationToken);

    /// <summary>Takes back <see cref="DeleteRunAsync"/>; a run of a deleted experiment stays deleted with it.</summary>
    /// <exception cref="MlOpsException">NotFound <c>run-missing</c>.</exception>
    public Task RestoreRunAsync(string runId, CancellationToken cancellationToken) =>
        _updates.UpdateAsync(runId, run => RunUpdates.Delete(run, null), cancellationToken);

    /// <summary>All runs of an experiment, newest first.</summary>
    public async IAsyncEnumerable<Run> ListRunsAsync(string experiment, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Experiment known = await GetExperimentAsync(experiment, cancellationToken);
        await foreach (RunDocument run in _runs.ListAsync(known.Id, null, cancellationToken))
            yield return run.ToRun(known);
    }

    /// <summary>A page of at most <paramref name="limit"/> (1 to 1,000) runs, newest first.</summary>
    public async Task<RunPage> PageRunsAsync(string experiment, int limit, string? continuation, CancellationToken cancellationToken)
    {
        Experiment known = await GetExperimentAsync(experiment, cancellationToken);
        (IReadOnlyList<RunDocument> runs, string? next) = await _runs.PageAsync(known.Id, limit, continuation, cancellationToken);
        return new RunPage([.. runs.Select(r => r.ToRun(known))], next);
    }

    /// <summary>Every point of a metric once, ordered by (step, time, value); empty when the run never logged it.</summary>
    public async Task<MetricHistory> MetricHistoryAsync(string runId, string metric, CancellationToken cancellationToken)
    {
        MetricTail tail = await _runs.FindTailAsync(runId, cancellationToken) ?? throw RunsTable.Missing(runId);
        return await _metrics.ReadAsync(runId, metric, tail.Of(metric), cancellationToken);
    }

    /// <summary>
    /// The histories of a metric in several runs, thinned out for a chart: of each the points at the same steps, at most <paramref name="most"/> of
    /// all steps between the bounds (both included), evenly chosen, and its first and last step where they are in the bounds.
    /// </summary>
    public async Task<IReadOnlyList<IReadOnlyList<MetricPoint>>> SampleHistoriesAsync(IReadOnlyList<string> runIds, string metric, int most, long start, long end, CancellationToken cancellationToken)
    {
        var histories = new List<MetricHistory>(runIds.Count);
        foreach (string run in runIds)
            histories.Add(await MetricHistoryAsync(run, metric, cancellationToken));
        return MetricSampling.Sample(histories, most, start, end);
    }

    /// <summary>Stores a file of the run; one of that path is replaced.</summary>
    /// <exception cref="MlOpsException">Invalid <c>artifact-path</c>; NotFound <c>run-missing</c>, <c>artifact-missing</c>: it was removed meanwhile.</exception>
    public async Task LogArtifactAsync(string runId, string path, Stream content, CancellationToken cancellationToken)
    {
        await CheckThereAsync(runId, cancellationToken);
        await _artifacts.WriteAsync(runId, path, content, cancellationToken);
    }

    /// <exception cref="MlOpsException">NotFound <c>artifact-missing</c>; Invalid <c>artifact-path</c>.</exception>
    public async Task<Stream> OpenArtifactAsync(string runId, string path, CancellationToken cancellationToken)
    {
        await CheckThereAsync(runId, cancellationToken);
        return await _artifacts.OpenAsync(runId, path, cancellationToken);
    }

    /// <inheritdoc cref="OpenArtifactAsync"/>
    public async Task<Download> DownloadArtifactAsync(string runId, string path, CancellationToken cancellationToken)
    {
        await CheckThereAsync(runId, cancellationToken);
        return await _artifacts.DownloadAsync(runId, path, cancellationToken);
    }

    /// <summary>Removes a file of the run; nothing happens when there is none of that path.</summary>
    /// <exception cref="MlOpsException">Invalid <c>artifact-path</c>.</exception>
    public async Task DeleteArtifactAsync(string runId, string path, CancellationToken cancellationToken)
    {
        await CheckThereAsync(runId, cancellationToken);
        await _artifacts.DeleteAsync(runId, path, cancellationToken);
    }

    /// <summary>Every file of the run, in order of the path.</summary>
    public Task<IReadOnlyList<Artifact>> ListArtifactsAsync(string runId, CancellationToken cancellationToken) =>
        ListArtifactsAsync(runId, "", cancellationToken);

    /// <summary>Every file below one folder of the run, in order of the path; an empty text names the run's root.</summary>
    public async Task<IReadOnlyList<Artifact>> ListArtifactsAsync(string runId, string folder, CancellationToken cancellationToken)
    {
        await CheckThereAsync(runId, cancellationToken);
        return await _artifacts.ListAsync(runId, folder, cancellationToken);
    }

    /// <summary>A run that was begun before stays where it is, also when its experiment is called otherwise now.</summary>
    private async Task<Experiment> ExperimentOfAsync(RunStart start, CancellationToken cancellationToken)
    {
        if (start.ExperimentId is { } id)
            return ExperimentCatalog.Active(await Catalog.GetAsync(id, cancellationToken));
        TrackingLimits.CheckName("experiment", start.Experiment);
        if (await _runs.FindKeyAsync(start.RunId, cancellationToken) is { } key && await _experiments.FindAsync(key.Partition, cancellationToken) is { FormerNames: { } names } renamed && names.Contains(start.Experiment))
            return ExperimentCatalog.Active(renamed);
        return ExperimentCatalog.Active(await EnsureExperimentAsync(start.Experiment, cancellationToken));
    }

    /// <summary>Where the run was is remembered; it may have been removed since, with its experiment, and begun anew in another.</summary>
    private async Task<Experiment> ActiveExperimentOfAsync(string runId, CancellationToken cancellationToken)
    {
        for (int look = 0; look < 2; look++)
        {
            EntityKey key = await _runs.FindKeyAsync(runId, cancellationToken) ?? throw RunsTable.Missing(runId);
            if (await _experiments.FindAsync(key.Partition, cancellationToken) is { } experiment)
                return ExperimentCatalog.Active(experiment);
            _runs.Forget(runId);
        }

        throw RunsTable.Missing(runId);
    }

    private async Task<Run?> FindRunAsync(string runId, CancellationToken cancellationToken) =>
        await _runs.FindAsync(runId, cancellationToken) is { } run && await _experiments.FindAsync(run.ExperimentId, cancellationToken) is { } experiment ? run.ToRun(experiment) : null;

    /// <summary>Its document is left unread: that of a run with many metrics is long.</summary>
    private async Task CheckThereAsync(string runId, CancellationToken cancellationToken)
    {
        if (await _runs.FindRowAsync(runId, cancellationToken) is null)
            throw RunsTable.Missing(runId);
    }

    private async Task<RunDocument> FindAsync(string runId, CancellationToken cancellationToken) =>
        await _runs.FindAsync(runId, cancellationToken) ?? throw RunsTable.Missing(runId);

    private RunDocument NewRun(RunStart start)
    {
        TrackingLimits.CheckRunId(start.RunId);
        TrackingLimits.CheckName("run", start.Name);
        foreach ((string name, string value) in start.Tags)
            TrackingLimits.CheckPair("tag", name, value);
        return new RunDocument
        {
            Id = start.RunId,
            ExperimentId = "",
            Name = start.Name,
            StartedAt = start.StartedAt ?? _time.GetUtcNow(),
            User = start.User,
            Lineage = start.Lineage,
            Tags = new SortedDictionary<string, string>(start.Tags.ToDictionary(), StringComparer.Ordinal),
        };
    }

    private async Task<MlOpsException> ExperimentMissingAsync(string name, CancellationToken cancellationToken)
    {
        IReadOnlyList<Experiment> all = await ListExperimentsAsync(cancellationToken);
        string known = all.Count == 0 ? "there is none yet" : "there are " + string.Join(", ", all.Take(10).Select(e => $"'{e.Name}'")) + (all.Count > 10 ? ", ..." : "");
        return MlOpsException.NotFound("experiment-missing", $"there is no experiment '{name}': {known}");
    }
}
