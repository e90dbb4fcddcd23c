using System.Runtime.CompilerServices;
using MlOps.Domain.Experiments.Search;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Experiments.Traces;

/// <summary>Traces: stored, tagged, assessed, linked to runs, searched, deleted. Every write is safe to repeat and durable when its task completes.</summary>
public sealed class TraceLog
{
    /// <summary>What <see cref="ListAsync"/> answers at most, about.</summary>
    private const int MaxListBytes = 16 << 20;

    private readonly ExperimentCatalog _catalog;
    private readonly ArtifactTree _artifacts;
    private readonly Func<string, CancellationToken, Task<Run?>> _findRun;
    private readonly TimeProvider _time;
    private readonly DocumentTable<Trace> _table;

    internal TraceLog(IEntityTable tables, ExperimentCatalog catalog, ArtifactTree artifacts, Func<string, CancellationToken, Task<Run?>> findRun, TimeProvider time)
    {
        (_catalog, _artifacts, _findRun, _time, _table) = (catalog, artifacts, findRun, time, new DocumentTable<Trace>(tables, "traces", "trace"));
        Spans = new SpanLog(catalog, artifacts, _table);
        Metrics = new TraceMetrics(catalog, _table, Spans);
        Correlations = new TraceCorrelations(catalog, _table, Spans);
    }

    /// <summary>Spans that clients send one by one.</summary>
    public SpanLog Spans { get; }

    /// <summary>Counts, times and sums over many.</summary>
    public TraceMetrics Metrics { get; }

    /// <summary>What is found together.</summary>
    public TraceCorrelations Correlations { get; }

    /// <summary>
    /// Stores a trace, whose spans are to go to <see cref="ArtifactUris.OfTrace"/>. One of that id is replaced, but for its start and place,
    /// and for tags, metadata and assessments that only it has.
    /// </summary>
    /// <exception cref="MlOpsException">NotFound <c>experiment-missing</c>; Conflict <c>experiment-deleted</c>, <c>trace-exists</c>; Invalid <c>trace-id</c>, <c>key-invalid</c>; TooLarge <c>trace-too-large</c>.</exception>
    public async Task<Trace> StoreAsync(Trace trace, CancellationToken cancellationToken)
    {
        Experiment experiment = ExperimentCatalog.Active(await _catalog.GetAsync(trace.ExperimentId, cancellationToken));
        Trace placed = TraceLimits.Within(trace) with { ArtifactLocation = experiment.ArtifactLocation, Assessments = Merged(trace.Assessments) };
        return await _table.PutAsync(experiment.Id, trace.Id, trace.StartedAt, known => known is null ? placed : Replaced(known, placed), cancellationToken);
    }

    /// <exception cref="MlOpsException">NotFound <c>trace-missing</c>, as of all that follow.</exception>
    public async Task<Trace> GetAsync(string id, CancellationToken cancellationToken) => await _table.FindAsync(id, cancellationToken) ?? throw _table.Missing(id);

    /// <summary>As what its files belong to; null when there is none.</summary>
    internal async Task<FolderOwner?> FindOwnerAsync(string id, CancellationToken cancellationToken) =>
        await _table.FindAsync(id, cancellationToken) is { } trace ? new FolderOwner("trace", id, PlaceOf(trace), IsDeleted: false) : null;

    internal async Task<bool> ExistsAsync(string id, CancellationToken cancellationToken) => await _table.FindRowAsync(id, cancellationToken) is not null;

    /// <summary>Adds how many traces of an experiment point to each issue.</summary>
    internal async Task CountIssuesAsync(string experimentId, Dictionary<string, int> counts, CancellationToken cancellationToken)
    {
        await foreach (DocumentRow<Trace> row in _table.ListAsync(experimentId, null, cancellationToken))
        {
            foreach (string issue in row.Value.Issues().Distinct(StringComparer.Ordinal))
                counts[issue] = counts.GetValueOrDefault(issue) + 1;
        }
    }

    /// <exception cref="MlOpsException">Invalid <c>filter-invalid</c>: it is no filter of a search.</exception>
    internal void CheckFilter(string? filter) => FilterParser<Trace>.Parse(filter, new TraceFields(new SpanSearch()));

    /// <summary>Those that there are, each once, in the order asked.</summary>
    /// <exception cref="MlOpsException">TooLarge <c>traces-too-large</c>: together.</exception>
    public async Task<IReadOnlyList<Trace>> ListAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        var found = new List<Trace>();
        long bytes = 0;
        await foreach (DocumentRow<Trace> row in FindAsync(ids.Distinct(StringComparer.Ordinal), cancellationToken))
        {
            bytes += row.Bytes;
            if (bytes > MaxListBytes)
                throw MlOpsException.TooLarge("traces-too-large", $"the first {found.Count + 1} of these traces take {bytes:N0} bytes, at most {MaxListBytes:N0} are answered at once: ask for fewer");
            found.Add(row.Value);
        }

        return found;
    }

    /// <summary>Says how it ended, as clients do that began it before.</summary>
    public Task<Trace> EndAsync(string id, DateTimeOffset at, TraceState state, IReadOnlyDictionary<string, string> metadata, IReadOnlyDictionary<string, string> tags, CancellationToken cancellationToken) =>
        _table.UpdateAsync(id, trace => trace with
        {
            Milliseconds = (long)(at - trace.StartedAt).TotalMilliseconds,
            State = state,
            Metadata = Texts.Merged(trace.Metadata, TraceLimits.Within("metadata", metadata)),
            Tags = Texts.Merged(trace.Tags, TraceLimits.Within("tag", tags)),
        }, cancellationToken);

    /// <summary>Nothing happens to <see cref="Trace.LocationTag"/>.</summary>
    /// <exception cref="MlOpsException">Invalid <c>key-invalid</c>.</exception>
    public Task SetTagAsync(string id, string name, string value, CancellationToken cancellationToken)
    {
        TrackingLimits.CheckKey("tag", name);
        IReadOnlyDictionary<string, string> tag = TraceLimits.Within("tag", new Dictionary<string, string> { [name] = value });
        return _table.UpdateAsync(id, trace => tag.Count == 0 ? null : trace with { Tags = Texts.Merged(trace.Tags, tag) }, cancellationToken);
    }

    /// <exception cref="MlOpsException">NotFound <c>tag-missing</c>; Invalid <c>tag-fixed</c>: <see cref="Trace.LocationTag"/>.</exception>
    public Task DeleteTagAsync(string id, string name, CancellationToken cancellationToken) => _table.UpdateAsync(id, trace =>
    {
        if (name == Trace.LocationTag)
            throw MlOpsException.Invalid("tag-fixed", $"tag '{name}' says where the spans of a trace are and cannot be deleted");
        SortedDictionary<string, string> tags = Texts.Sorted(trace.Tags);
        return tags.Remove(name) ? trace with { Tags = tags } : throw MlOpsException.NotFound("tag-missing", $"No trace tag with key '{name}' for trace with ID '{id}'");
    }, cancellationToken);

    /// <summary>Those of the traces that there are.</summary>
    /// <exception cref="MlOpsException">NotFound <c>run-missing</c>.</exception>
    public async Task LinkAsync(IReadOnlyList<string> ids, string runId, CancellationToken cancellationToken)
    {
        if (await _findRun(runId, cancellationToken) is null)
            throw RunsTable.Missing(runId);
        foreach (string id in ids)
        {
            if (await _table.FindAsync(id, cancellationToken) is not null)
                await _table.UpdateAsync(id, trace => trace.LinkedRuns.Contains(runId) ? null : trace with { LinkedRuns = [.. trace.LinkedRuns, runId] }, cancellationToken);
        }
    }

    /// <summary>Notes versions of prompts that a trace used, in <see cref="LinkedPrompts.Tag"/>.</summary>
    public Task LinkPromptsAsync(string id, IReadOnlyList<(string Name, string Version)> prompts, CancellationToken cancellationToken) => _table.UpdateAsync(
        id,
        trace => LinkedPrompts.With(trace.Tags.GetValueOrDefault(LinkedPrompts.Tag), prompts) is { } tag
            ? trace with { Tags = Texts.Merged(trace.Tags, new Dictionary<string, string> { [LinkedPrompts.Tag] = tag }) }
            : null,
        cancellationToken);

    /// <summary>Adds an assessment, or replaces that of its id; what it overrides is no longer valid.</summary>
    public async Task<Assessment> AssessAsync(string id, Assessment assessment, CancellationToken cancellationToken)
    {
        await _table.UpdateAsync(id, trace =>
        {
            if (assessment.Overrides is { } overridden)
                Find(trace, overridden);
            IEnumerable<Assessment> others = trace.Assessments.Where(a => a.Id != assessment.Id).Select(a => a.Id == assessment.Overrides ? a with { Valid = false } : a);
            return trace with { Assessments = [.. others, assessment] };
        }, cancellationToken);
        return assessment;
    }

    /// <exception cref="MlOpsException">NotFound <c>assessment-missing</c>, as of the one that follows.</exception>
    public async Task<Assessment> GetAssessmentAsync(string id, string assessmentId, CancellationToken cancellationToken) =>
        Find(await GetAsync(id, cancellationToken), assessmentId);

    public async Task<Assessment> UpdateAssessmentAsync(string id, string assessmentId, Func<Assessment, Assessment> change, CancellationToken cancellationToken)
    {
        Trace after = await _table.UpdateAsync(id, trace =>
        {
            Assessment changed = change(Find(trace, assessmentId)) with { UpdatedAt = _time.GetUtcNow() };
            return trace with { Assessments = [.. trace.Assessments.Select(a => a.Id == assessmentId ? changed : a)] };
        }, cancellationToken);
        return Find(after, assessmentId);
    }

    /// <summary>What it had replaced is valid again. Nothing happens when it is gone.</summary>
    public Task DeleteAssessmentAsync(string id, string assessmentId, CancellationToken cancellationToken) => _table.UpdateAsync(id, trace =>
    {
        if (trace.Assessments.FirstOrDefault(a => a.Id == assessmentId) is not { } gone)
            return null;
        return trace with { Assessments = [.. trace.Assessments.Where(a => a != gone).Select(a => a.Id == gone.Overrides ? a with { Valid = true } : a)] };
    }, cancellationToken);

    /// <summary>The file of its spans, as its client wrote it.</summary>
    /// <exception cref="MlOpsException">NotFound <c>artifact-missing</c>: no client stored one here.</exception>
    public async Task<Download> DownloadSpansAsync(string id, CancellationToken cancellationToken)
    {
        Trace trace = await GetAsync(id, cancellationToken);
        string folder = PlaceOf(trace) ?? throw MlOpsException.NotFound("artifact-missing", $"the spans of trace '{id}' lie at {ArtifactUris.OfTrace(trace)}, which this server does not read");
        return await _artifacts.DownloadAsync($"{folder}/{Trace.SpansFile}", cancellationToken);
    }

    /// <exception cref="MlOpsException">Invalid <c>filter-invalid</c>, <c>page-token</c>.</exception>
    public async Task<TracePage> SearchAsync(TraceQuery query, CancellationToken cancellationToken)
    {
        var spans = new SpanSearch();
        Func<Trace, bool> filter = FilterParser<Trace>.Parse(query.Filter, new TraceFields(spans));
        var search = new DocumentSearch<Trace>(
            _table,
            string.Join('\n', [query.Filter ?? "", .. query.OrderBy, .. query.ExperimentIds.Order(StringComparer.Ordinal)]),
            query.Continuation,
            [.. query.OrderBy.Select(o => SearchOrder<Trace>.Parse(o, TraceFields.OfOrder))],
            filter,
            spans.IsNeeded ? (trace, stopped) => spans.HoldsAsync(Spans, trace, filter, stopped) : null);
        (IReadOnlyList<Trace> found, string? next) = await search.PageAsync(await _catalog.ActiveIdsAsync(query.ExperimentIds, cancellationToken), query.Limit, cancellationToken);
        return new(found, next);
    }

    /// <summary>Removes traces for good, with their spans; the number of them.</summary>
    public async Task<int> DeleteAsync(TraceDeletion deletion, CancellationToken cancellationToken)
    {
        int count = 0;
        await foreach (DocumentRow<Trace> row in FindAsync(deletion, cancellationToken))
            count += await RemoveAsync(row, cancellationToken) ? 1 : 0;
        return count;
    }

    /// <summary>Removes at most so many of an experiment's, for good; the number of them.</summary>
    internal async Task<int> RemoveAsync(string experimentId, int most, CancellationToken cancellationToken)
    {
        int count = 0;
        await foreach (DocumentRow<Trace> row in _table.ListAsync(experimentId, null, cancellationToken).Take(most))
            count += await RemoveAsync(row, cancellationToken) ? 1 : 0;
        return count;
    }

    private IAsyncEnumerable<DocumentRow<Trace>> FindAsync(TraceDeletion deletion, CancellationToken cancellationToken)
    {
        if (deletion.Ids is { } ids)
            return FindAsync(ids.Distinct(StringComparer.Ordinal), cancellationToken).Where(row => row.Key.Partition == deletion.ExperimentId);
        // All are looked through: by where a trace is kept is the start that it was first stored with, which spans move.
        IAsyncEnumerable<DocumentRow<Trace>> old = _table.ListAsync(deletion.ExperimentId, null, cancellationToken)
            .Where(row => deletion.Until is not { } until || row.Value.StartedAt.UtcTicks <= LastTickOf(until));
        return deletion.Most is { } most ? OldestAsync(old, most, cancellationToken) : old;
    }

    private async IAsyncEnumerable<DocumentRow<Trace>> FindAsync(IEnumerable<string> ids, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (string id in ids)
        {
            if (await _table.FindRowAsync(id, cancellationToken) is { } row)
                yield return row;
        }
    }

    /// <summary>By their start; kept by their keys alone.</summary>
    private async IAsyncEnumerable<DocumentRow<Trace>> OldestAsync(IAsyncEnumerable<DocumentRow<Trace>> traces, int most, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var newestFirst = Comparer<(long Start, string Id)>.Create((a, b) => b.CompareTo(a));
        var keys = new PriorityQueue<EntityKey, (long Start, string Id)>(newestFirst);
        await foreach (DocumentRow<Trace> row in traces)
        {
            keys.Enqueue(row.Key, (row.Value.StartedAt.UtcTicks, row.Id));
            if (keys.Count > most)
                keys.Dequeue();
        }

        while (keys.TryDequeue(out EntityKey key, out _))
        {
            if (await _table.FindRowAsync(key, cancellationToken) is { } row)
                yield return row;
        }
    }

    private async Task<bool> RemoveAsync(DocumentRow<Trace> row, CancellationToken cancellationToken)
    {
        for (DocumentRow<Trace>? current = row; current is not null; current = await _table.FindRowAsync(row.Key, cancellationToken))
        {
            // The spans first: when it fails between, the trace is still there to be deleted again.
            await _artifacts.RemoveFolderAsync(PlaceOf(current.Value), cancellationToken);
            // Spans that came meanwhile changed it: their files have to go with it, too.
            if (await _table.DeleteAsync(current, cancellationToken))
                return true;
        }

        return false;
    }

    private static Trace Replaced(Trace known, Trace trace) => trace with
    {
        // Of spans that came before it only those are known that ended first.
        StartedAt = SpanLog.HasSpans(known) ? trace.StartedAt : known.StartedAt,
        ArtifactLocation = known.ArtifactLocation,
        Tags = Texts.Merged(known.Tags, trace.Tags),
        Metadata = Texts.Merged(known.Metadata, trace.Metadata),
        Usage = known.Usage,
        LinkedRuns = known.LinkedRuns,
        Assessments = Merged(known.Assessments.Concat(trace.Assessments)),
    };

    /// <summary>Each id once, as it was said last.</summary>
    private static Assessment[] Merged(IEnumerable<Assessment> assessments) => [.. assessments.GroupBy(a => a.Id).Select(a => a.Last())];

    /// <summary>In this server's own store; null when they are elsewhere.</summary>
    private static string? PlaceOf(Trace trace) => ArtifactUris.PathOf(ArtifactUris.OfTrace(trace));

    private static long LastTickOf(DateTimeOffset time) => time.UtcTicks - (time.UtcTicks % TimeSpan.TicksPerMillisecond) + TimeSpan.TicksPerMillisecond - 1;

    private static Assessment Find(Trace trace, string assessmentId) => trace.Assessments.FirstOrDefault(a => a.Id == assessmentId)
        ?? throw MlOpsException.NotFound("assessment-missing", $"Assessment with ID '{TrackingLimits.Shown(assessmentId)}' not found for trace '{trace.Id}'");
}
