using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using Microsoft.Extensions.Logging;
using MlOps.Domain.Datasets;
using MlOps.Domain.Monitoring;
using MlOps.Domain.Storage;
using MlOps.Domain.Workflows;

namespace MlOps.Domain.Pipelines;

/// <summary>The façade of pipelines: documents, runs and what starts them.</summary>
public sealed class Pipelines(
    IEntityTable tables, IBlobStore blobs, IWorkflowClient workflows, PipelineParser parser, DatasetCatalog datasets, WebhookAddress webhooks,
    TimeProvider time, IIdSource ids, ILogger logger)
{
    /// <summary>The container of documents.</summary>
    internal const string Container = PipelineDocuments.Container;

    private const int RunsPerStep = 200;

    private readonly PipelineTable _table = new(tables);
    private readonly PipelineDocuments _documents = new(blobs, parser);

    /// <summary>Makes a document the present one of its pipeline. Runs under way keep theirs; the same document again changes nothing.</summary>
    /// <param name="file">The name that mistakes are reported under.</param>
    /// <exception cref="MlOpsException">Invalid <c>pipeline-invalid</c>, with every mistake; <c>webhook-secret</c>, now rather than at the first alarm.</exception>
    public async Task<RegisteredPipeline> RegisterAsync(string yaml, string file, string by, CancellationToken cancellationToken)
    {
        PipelineSpec spec = parser.Parse(yaml, file);
        if (spec.Monitoring?.Webhook is { } webhook)
            webhooks.Resolve(webhook);
        DateTimeOffset now = time.GetUtcNow();
        string digest = await _documents.SaveAsync(yaml, now, cancellationToken);
        RegisteredPipeline registered = Registered(spec, digest, null, now, by);
        await _table.UpdateAsync(spec.Name, before => registered = before?.Document == digest ? before : Registered(spec, digest, before, now, by), cancellationToken);
        return registered;
    }

    /// <exception cref="MlOpsException">NotFound <c>pipeline-missing</c>.</exception>
    public async Task<RegisteredPipeline> GetAsync(string pipeline, CancellationToken cancellationToken) =>
        await _table.FindAsync(pipeline, cancellationToken) ?? throw await MissingAsync(pipeline, cancellationToken);

    public Task<IReadOnlyList<RegisteredPipeline>> ListAsync(CancellationToken cancellationToken) => _table.ListAsync(cancellationToken);

    /// <summary>The text of a document, by digest.</summary>
    public Task<string> ReadDocumentAsync(string digest, CancellationToken cancellationToken) => _documents.ReadAsync(digest, cancellationToken);

    /// <summary>Paths of the documents that a pipeline has, or a run of one had.</summary>
    /// <param name="goOn">Called now and then.</param>
    internal async Task<IReadOnlySet<string>> ListDocumentPathsAsync(Func<Task> goOn, CancellationToken cancellationToken)
    {
        var named = (await _table.ListAsync(cancellationToken)).Select(p => PipelineDocuments.PathOf(p.Document)).ToHashSet(StringComparer.Ordinal);
        int seen = 0;
        await foreach (RunEntry run in _table.ListRunsAsync(null, cancellationToken))
        {
            named.Add(PipelineDocuments.PathOf(run.Input.Document));
            if (++seen % RunsPerStep == 0)
                await goOn();
        }

        return named;
    }

    /// <summary>Starts the present document. With a <see cref="PipelineTrigger.Cause"/> a repeated call gives the run that was started first.</summary>
    /// <exception cref="MlOpsException">NotFound <c>pipeline-missing</c>.</exception>
    public async Task<PipelineRun> RunAsync(string pipeline, PipelineTrigger trigger, CancellationToken cancellationToken)
    {
        RegisteredPipeline registered = await GetAsync(pipeline, cancellationToken);
        string id = PipelineIds.Of(pipeline, trigger, ids);
        var entry = new RunEntry(id, new PipelineInput(pipeline, registered.Document, trigger), time.GetUtcNow());
        entry = await _table.AddRunAsync(entry, cancellationToken);
        await workflows.StartAsync(PipelineWorkflow.WorkflowName, entry.Input, id, cancellationToken);
        return await ViewAsync(entry, cancellationToken) ?? throw Missing(id);
    }

    /// <summary>
    /// Starts every pipeline that trains on the data set and asks for it; once for each version, however often it is told. A version that a
    /// newer one from outside has replaced starts nothing: bytes that come again would put a model of old data in place of that of new data.
    /// </summary>
    /// <returns>The runs of this version, started now or before.</returns>
    /// <exception cref="MlOpsException">The first error, after every pipeline was tried; call again to start what is missing.</exception>
    public async Task<IReadOnlyList<PipelineRun>> OnDatasetVersionAsync(DatasetVersion version, CancellationToken cancellationToken)
    {
        // Newer ones that retrains made do not count: they hold older data and feedback, and came while this one was on its way.
        bool latest = !(await datasets.ListVersionsAsync(version.Name, cancellationToken)).Any(v => v.Version > version.Version && v.Lineage.MadeBy is null);
        string data = version.Ref.ToString();
        var trigger = new PipelineTrigger(TriggerReason.NewData, "new data", data, data);
        var runs = new List<PipelineRun>();
        ExceptionDispatchInfo? failure = null;
        foreach (RegisteredPipeline pipeline in (await _table.ListAsync(cancellationToken)).Where(p => p.TriggerOnNewData && p.Dataset == version.Name))
        {
            try
            {
                if (latest || await workflows.FindAsync(PipelineIds.Of(pipeline.Name, trigger, ids), cancellationToken) is not null)
                    runs.Add(await RunAsync(pipeline.Name, trigger, cancellationToken));
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                PipelinesLog.NotStarted(logger, pipeline.Name, trigger.Reason, e);
                failure ??= ExceptionDispatchInfo.Capture(e);
            }
        }

        failure?.Throw();
        return runs;
    }

    /// <summary>Runs of one pipeline, or of all when null, newest first.</summary>
    public async IAsyncEnumerable<PipelineRun> ListRunsAsync(string? pipeline, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (RunEntry entry in _table.ListRunsAsync(pipeline, cancellationToken))
        {
            if (await ViewAsync(entry, cancellationToken) is { } run)
                yield return run;
        }
    }

    /// <exception cref="MlOpsException">NotFound <c>pipeline-run-missing</c>.</exception>
    public async Task<PipelineRun> GetRunAsync(string id, CancellationToken cancellationToken) =>
        Read(id, await workflows.FindAsync(id, cancellationToken));

    /// <summary>Waits until the run has ended, and returns it.</summary>
    public async Task<PipelineRun> WaitAsync(string id, CancellationToken cancellationToken)
    {
        await GetRunAsync(id, cancellationToken);
        return Read(id, await workflows.WaitAsync(id, cancellationToken));
    }

    /// <summary>Answers a run that waits for approval.</summary>
    /// <exception cref="MlOpsException">Conflict <c>pipeline-run-not-waiting</c>.</exception>
    public async Task<PipelineRun> ApproveAsync(string id, ApprovalDecision decision, CancellationToken cancellationToken)
    {
        PipelineRun run = await GetRunAsync(id, cancellationToken);
        if (run.State != PipelineRunState.WaitingForApproval)
            throw MlOpsException.Conflict("pipeline-run-not-waiting", $"run '{id}' does not wait for approval: it is {WorkflowJson.Write(run.State).Trim('"')}");
        await workflows.RaiseEventAsync(id, ApprovalDecision.EventName, decision, null, cancellationToken);
        return await GetRunAsync(id, cancellationToken);
    }

    /// <summary>Ends a run; what it has registered stays.</summary>
    public async Task<PipelineRun> CancelAsync(string id, string reason, CancellationToken cancellationToken)
    {
        await GetRunAsync(id, cancellationToken);
        await workflows.CancelAsync(id, reason, cancellationToken);
        return await GetRunAsync(id, cancellationToken);
    }

    /// <summary>Holds a run: the step under way comes to its end and no other begins. A rollout under way goes on; steer it by its own commands.</summary>
    public async Task<PipelineRun> SuspendAsync(string id, CancellationToken cancellationToken)
    {
        await GetRunAsync(id, cancellationToken);
        await workflows.SuspendAsync(id, cancellationToken);
        return await GetRunAsync(id, cancellationToken);
    }

    /// <summary>Lets a suspended run go on.</summary>
    public async Task<PipelineRun> ResumeAsync(string id, CancellationToken cancellationToken)
    {
        await GetRunAsync(id, cancellationToken);
        await workflows.ResumeAsync(id, cancellationToken);
        return await GetRunAsync(id, cancellationToken);
    }

    /// <summary>Goes on from the failed step; the steps before it keep their results.</summary>
    /// <exception cref="MlOpsException">Conflict <c>instance-not-failed</c>.</exception>
    public async Task<PipelineRun> RerunAsync(string id, CancellationToken cancellationToken)
    {
        await GetRunAsync(id, cancellationToken);
        await workflows.RerunAsync(id, cancellationToken);
        return await GetRunAsync(id, cancellationToken);
    }

    private async Task<PipelineRun?> ViewAsync(RunEntry entry, CancellationToken cancellationToken) =>
        await workflows.FindAsync(entry.Id, cancellationToken) is { } instance ? PipelineRun.Of(entry, instance) : null;

    private static PipelineRun Read(string id, WorkflowInstance? instance)
    {
        if (instance is not { Workflow: PipelineWorkflow.WorkflowName, Input: not null })
            throw Missing(id);
        return PipelineRun.Of(new RunEntry(id, WorkflowJson.Read<PipelineInput>(instance.Input)!, instance.CreatedAt), instance);
    }

    private static RegisteredPipeline Registered(PipelineSpec spec, string digest, RegisteredPipeline? before, DateTimeOffset now, string by) => new(
        spec.Name, digest, spec.Description, spec.Dataset, spec.Model, spec.TriggerOnNewData, spec.ScheduleEvery,
        before is not null && before.ScheduleEvery == spec.ScheduleEvery ? before.Since : now, now, by);

    private async Task<MlOpsException> MissingAsync(string pipeline, CancellationToken cancellationToken)
    {
        string[] names = [.. (await _table.ListAsync(cancellationToken)).Select(p => p.Name)];
        string known = names.Length == 0 ? "none is registered yet" : $"registered are: {string.Join(", ", names)}";
        return MlOpsException.NotFound("pipeline-missing", $"there is no pipeline '{pipeline}'{NameSuggestion.Hint(pipeline, names)} ({known})");
    }

    private static MlOpsException Missing(string id) =>
        MlOpsException.NotFound("pipeline-run-missing", $"there is no pipeline run '{id}'; list the runs to see their ids");
}
