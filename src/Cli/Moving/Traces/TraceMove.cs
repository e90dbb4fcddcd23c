using System.Security.Cryptography;
using System.Text.Json.Nodes;
using MlOps.Domain.Experiments.Traces;

namespace MlOps.Cli.Moving.Traces;

/// <summary>
/// Copies the traces of one experiment under their ids: what is known of each with its assessments, its spans as a file, and last the mark
/// that all of it is there.
/// </summary>
internal sealed class TraceMove(
    IMoveSource source, MlflowRest rest, TargetExperiment experiment, RunLookup runs, LoggedModels.ModelLookup models, MoveCount count, bool dryRun)
{
    /// <summary>The file of spans below the artifacts of a trace.</summary>
    public const string SpansFile = "traces.json";

    private readonly RestFiles _files = new(rest);
    private int _spanless;

    /// <summary>How many were copied without spans, which could not be read.</summary>
    public int Spanless => _spanless;

    public async Task CopyAsync(MovedTrace trace, CancellationToken cancellationToken)
    {
        try
        {
            if (trace.Unreadable is { } why)
                throw MlOpsException.Invalid("mlflow-value", why);
            await CopyAsync(trace, await FindAsync(trace, cancellationToken), cancellationToken);
        }
        catch (Exception e) when (Mover.IsOfOne(e))
        {
            count.Failed(trace.Place, e);
        }
    }

    private async Task CopyAsync(MovedTrace trace, MovedTrace? there, CancellationToken cancellationToken)
    {
        if (there is not null && there.Tag(MoveTags.Trace) is null)
        {
            // Of a copy that comes home the original.
            if (trace.Tag(MoveTags.Trace) != trace.Id)
                throw MlOpsException.Conflict("trace-exists", $"there is another trace of that id in {rest.Name}: it is not written to");
            count.Traces.Unchanged();
        }
        else if (dryRun && there is null)
            count.Traces.Copied();
        else
            await StoreAsync(trace, there, cancellationToken);
    }

    private Task<MovedTrace?> FindAsync(MovedTrace trace, CancellationToken cancellationToken) => TraceAnswers.FindAsync(rest, trace.Id, cancellationToken);

    private async Task StoreAsync(MovedTrace trace, MovedTrace? there, CancellationToken cancellationToken)
    {
        // Spans that came since change nothing of what is known of the trace: they are read each time.
        await using MovedContent? opened = await source.OpenSpansAsync(trace, cancellationToken);
        await using MovedContent? spans = opened is null ? null : await (opened with { Length = null }).MeasuredAsync(cancellationToken);
        string mark = await MarkAsync(trace, spans?.Stream, cancellationToken);
        string? copied = there?.Tag(MoveTags.Copied);
        // A copy that has its spans keeps them where they can no longer be read.
        bool keeps = spans is null && copied != mark && copied?.StartsWith(trace.Fingerprint(), StringComparison.Ordinal) == true;
        if (spans is null && !keeps)
            Interlocked.Increment(ref _spanless);
        if (keeps || copied == mark)
        {
            count.Traces.Unchanged();
            return;
        }

        if (dryRun)
        {
            count.Traces.Copied();
            return;
        }

        string? runId = trace.RunId is { } run ? (await runs.FindAsync(run, cancellationToken))?.Id : null;
        string? modelId = trace.ModelId is { } model ? await models.FindAsync(model, cancellationToken) : null;
        JsonObject info = trace.Copy(experiment.Id, runId, modelId);
        await rest.PostAsync(TraceAnswers.Calls, new { Trace = new { TraceInfo = info } }, cancellationToken);
        if (spans is not null)
            await UploadAsync(trace, spans, cancellationToken);
        await TagAsync(trace, MoveTags.Copied, mark, cancellationToken);
        count.Traces.Copied();
    }

    private static async Task<string> MarkAsync(MovedTrace trace, Stream? spans, CancellationToken cancellationToken)
    {
        if (spans is null)
            return trace.MarkWithoutSpans;
        byte[] hash = await SHA256.HashDataAsync(spans, cancellationToken);
        spans.Position = 0;
        return trace.MarkWith(Convert.ToHexStringLower(hash.AsSpan(0, 16)));
    }

    private Task TagAsync(MovedTrace trace, string key, string value, CancellationToken cancellationToken) => rest.PatchAsync(
        $"{TraceAnswers.Calls}/{Uri.EscapeDataString(trace.Id)}/tags", new { TraceId = trace.Id, Key = key, Value = value }, cancellationToken);

    /// <summary>Where the target says that they belong.</summary>
    private async Task UploadAsync(MovedTrace trace, MovedContent spans, CancellationToken cancellationToken)
    {
        MovedTrace stored = await FindAsync(trace, cancellationToken) ?? throw MlOpsException.Conflict("trace-missing", $"{rest.Name} stored the trace and does not have it: was it deleted just now?");
        await _files.UploadAsync(stored.Place, SpansFile, spans, cancellationToken);
        // MLflow's server from 3.4 to 3.6 says of each trace that it has the spans itself, and its clients believe it.
        if (stored.Tag(MovedTrace.SpansTag) == Trace.SpansHere)
            await TagAsync(trace, MovedTrace.SpansTag, Trace.SpansInFile, cancellationToken);
        count.File(spans.Length ?? 0);
    }
}
