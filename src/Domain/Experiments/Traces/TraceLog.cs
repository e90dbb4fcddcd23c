using MlOps.Domain.Experiments.Search;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Experiments.Traces;

/// <summary>Traces: stored, tagged, assessed, linked to runs, searched, deleted. Every write is safe to repeat and durable when its task completes.</summary>
public sealed class TraceLog
{
    private readonly ExperimentCatalog _catalog;
    private readonly ArtifactTree _artifacts;
    private readonly TimeProvider _time;
    private readonly DocumentTable<Trace> _table;

    internal TraceLog(IEntityTable tables, ExperimentCatalog catalog, ArtifactTree artifacts, TimeProvider time) =>
        (_catalog, _artifacts, _time, _table) = (catalog, artifacts, time, new DocumentTable<Trace>(tables, "traces", "trace"));

    /// <summary>Stores a trace, and in its tags where its spans are to go. One of that id is replaced, but for tags and metadata that only it has.</summary>
    /// <exception cref="MlOpsException">NotFound <c>experiment-missing</c>; Conflict <c>experiment-deleted</c>, <c>trace-exists</c>; Invalid <c>trace-id</c>.</exception>
    public async Task<Trace> StoreAsync(Trace trace, CancellationToken cancellationToken)
    {
        Experiment experiment = ExperimentCatalog.Active(await _catalog.GetAsync(trace.ExperimentId, cancellationToken));
        Trace placed = trace with { Tags = Merged(trace.Tags, Trace.LocationTag, ArtifactUris.OfTrace(experiment, trace.Id)) };
        return await _table.PutAsync(experiment.Id, trace.Id, trace.StartedAt, known => known is null ? placed : Replaced(known, placed), cancellationToken);
    }

    /// <exception cref="MlOpsException">NotFound <c>trace-missing</c>, as of all that follow.</exception>
    public async Task<Trace> GetAsync(string id, CancellationToken cancellationToken) => await _table.FindAsync(id, cancellationToken) ?? throw _table.Missing(id);

    /// <summary>Says how it ended, as clients do that began it before.</summary>
    public Task<Trace> EndAsync(string id, DateTimeOffset at, TraceState state, IReadOnlyDictionary<string, string> metadata, IReadOnlyDictionary<string, string> tags, CancellationToken cancellationToken) =>
        _table.UpdateAsync(id, trace => trace with
        {
            Milliseconds = (long)(at - trace.StartedAt).TotalMilliseconds,
            State = state,
            Metadata = Texts.Merged(trace.Metadata, metadata),
            Tags = Texts.Merged(trace.Tags, tags),
        }, cancellationToken);

    public Task SetTagAsync(string id, string name, string value, CancellationToken cancellationToken) =>
        _table.UpdateAsync(id, trace => trace with { Tags = Merged(trace.Tags, name, value) }, cancellationToken);

    /// <exception cref="MlOpsException">NotFound <c>tag-missing</c>.</exception>
    public Task DeleteTagAsync(string id, string name, CancellationToken cancellationToken) => _table.UpdateAsync(id, trace =>
    {
        SortedDictionary<string, string> tags = Texts.Sorted(trace.Tags);
        return tags.Remove(name) ? trace with { Tags = tags } : throw MlOpsException.NotFound("tag-missing", $"No trace tag with key '{name}' for trace with ID '{id}'");
    }, cancellationToken);

    public async Task LinkAsync(IReadOnlyList<string> ids, string runId, CancellationToken cancellationToken)
    {
        foreach (string id in ids)
            await _table.UpdateAsync(id, trace => trace.LinkedRuns.Contains(runId) ? null : trace with { LinkedRuns = [.. trace.LinkedRuns, runId] }, cancellationToken);
    }

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

    /// <exception cref="MlOpsException">NotFound <c>assessment-missing</c>, as of the two that follow.</exception>
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

    /// <summary>What it had replaced is valid again.</summary>
    public Task DeleteAssessmentAsync(string id, string assessmentId, CancellationToken cancellationToken) => _table.UpdateAsync(id, trace =>
    {
        Assessment gone = Find(trace, assessmentId);
        return trace with { Assessments = [.. trace.Assessments.Where(a => a != gone).Select(a => a.Id == gone.Overrides ? a with { Valid = true } : a)] };
    }, cancellationToken);

    /// <summary>The file of its spans, as its client wrote it.</summary>
    /// <exception cref="MlOpsException">NotFound <c>artifact-missing</c>: no client stored one here.</exception>
    public async Task<Download> DownloadSpansAsync(string id, CancellationToken cancellationToken)
    {
        Trace trace = await GetAsync(id, cancellationToken);
        string folder = PlaceOf(trace) ?? throw MlOpsException.NotFound("artifact-missing", $"the spans of trace '{id}' lie at {trace.Tags.GetValueOrDefault(Trace.LocationTag)}, which this server does not read");
        return await _artifacts.DownloadAsync($"{folder}/{Trace.SpansFile}", cancellationToken);
    }

    /// <exception cref="MlOpsException">Invalid <c>filter-invalid</c>, <c>page-token</c>.</exception>
    public async Task<TracePage> SearchAsync(TraceQuery query, CancellationToken cancellationToken)
    {
        string asked = string.Join('\n', [query.Filter ?? "", .. query.OrderBy, .. query.ExperimentIds.Order(StringComparer.Ordinal)]);
        SearchToken? after = SearchToken.Decode(query.Continuation, asked, query.OrderBy.Count);
        Func<Trace, bool> filter = FilterParser<Trace>.Parse(query.Filter, TraceFields.All);
        SearchOrder<Trace>[] orders = [.. query.OrderBy.Select(o => SearchOrder<Trace>.Parse(o, TraceFields.All))];
        bool[] descending = [.. orders.Select(o => o.Descending)];
        var found = new List<(Trace Trace, SearchToken Token)>();
        foreach (string experimentId in query.ExperimentIds.Distinct())
        {
            await foreach (Trace trace in _table.ListAsync(experimentId, cancellationToken))
            {
                var token = new SearchToken([.. orders.Select(o => o.Key(trace))], trace.StartedAt.ToUnixTimeMilliseconds(), trace.Id);
                if ((after is null || token.CompareTo(after, descending) > 0) && filter(trace))
                    found.Add((trace, token));
            }
        }

        found.Sort((a, b) => a.Token.CompareTo(b.Token, descending));
        return new([.. found.Take(query.Limit).Select(f => f.Trace)], found.Count > query.Limit ? found[query.Limit - 1].Token.Encode(asked) : null);
    }

    /// <summary>Removes traces for good, with their spans; the number of them.</summary>
    public async Task<int> DeleteAsync(TraceDeletion deletion, CancellationToken cancellationToken)
    {
        HashSet<string>? ids = deletion.Ids is null ? null : [.. deletion.Ids];
        List<Trace> traces = await _table.ListAsync(deletion.ExperimentId, cancellationToken)
            .Where(t => (ids is null || ids.Contains(t.Id)) && (deletion.Until is null || t.StartedAt <= deletion.Until)).ToListAsync(cancellationToken);
        int count = 0;
        foreach (Trace trace in traces.AsEnumerable().Reverse().Take(deletion.Most ?? int.MaxValue))
        {
            // The spans first: when it fails between, the trace is still there to be deleted again.
            if (PlaceOf(trace) is { } folder)
                await _artifacts.DeleteAsync(folder, cancellationToken);
            count += await _table.DeleteAsync(trace.Id, cancellationToken) ? 1 : 0;
        }

        return count;
    }

    private static Trace Replaced(Trace known, Trace trace)
    {
        Trace after = trace with
        {
            Tags = Texts.Merged(known.Tags, trace.Tags),
            Metadata = Texts.Merged(known.Metadata, trace.Metadata),
            LinkedRuns = known.LinkedRuns,
            Assessments = [.. known.Assessments.Concat(trace.Assessments).GroupBy(a => a.Id).Select(a => a.Last())],
        };
        return after;
    }

    /// <summary>In this server's own store; null when they are elsewhere.</summary>
    private static string? PlaceOf(Trace trace) => trace.Tags.TryGetValue(Trace.LocationTag, out string? location) ? ArtifactUris.PathOf(location) : null;

    private static Assessment Find(Trace trace, string assessmentId) => trace.Assessments.FirstOrDefault(a => a.Id == assessmentId)
        ?? throw MlOpsException.NotFound("assessment-missing", $"Assessment with ID '{TrackingLimits.Shown(assessmentId)}' not found for trace '{trace.Id}'");

    private static SortedDictionary<string, string> Merged(IReadOnlyDictionary<string, string> known, string name, string value) =>
        Texts.Merged(known, new Dictionary<string, string> { [name] = value });
}
