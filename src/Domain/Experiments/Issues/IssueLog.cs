using MlOps.Domain.Experiments.Search;
using MlOps.Domain.Experiments.Traces;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Experiments.Issues;

/// <summary>Issues of experiments: told, changed, searched. Every write is safe to repeat and durable when its task completes.</summary>
public sealed class IssueLog
{
    private const int NameChars = 250;
    private const int CreatorChars = 255;

    private readonly ExperimentCatalog _catalog;
    private readonly TraceLog _traces;
    private readonly Func<string, CancellationToken, Task<Run?>> _findRun;
    private readonly TimeProvider _time;
    private readonly DocumentTable<Issue> _table;

    internal IssueLog(IEntityTable tables, ExperimentCatalog catalog, TraceLog traces, Func<string, CancellationToken, Task<Run?>> findRun, TimeProvider time) =>
        (_catalog, _traces, _findRun, _time, _table) = (catalog, traces, findRun, time, new DocumentTable<Issue>(tables, "issues", "issue"));

    /// <summary>Tells of an issue. One of that id in that experiment is returned as it stands.</summary>
    /// <exception cref="MlOpsException">NotFound <c>experiment-missing</c>, <c>run-missing</c>; Conflict <c>experiment-deleted</c>, <c>issue-exists</c>; Invalid <c>name-invalid</c>, <c>issue-id</c>; TooLarge <c>issue-too-large</c>.</exception>
    public async Task<Issue> CreateAsync(Issue issue, CancellationToken cancellationToken)
    {
        CheckName("name", issue.Name, NameChars);
        if (issue.CreatedBy is { } creator)
            CheckName("creator", creator, CreatorChars);
        Experiment experiment = ExperimentCatalog.Active(await _catalog.GetAsync(issue.ExperimentId, cancellationToken));
        if (issue.SourceRunId is { } run && await _findRun(run, cancellationToken) is null)
            throw RunsTable.Missing(run);
        return await _table.PutAsync(experiment.Id, issue.Id, issue.CreatedAt, known => known is null ? issue : null, cancellationToken);
    }

    /// <exception cref="MlOpsException">NotFound <c>issue-missing</c>.</exception>
    public async Task<Issue> GetAsync(string id, CancellationToken cancellationToken) => await _table.FindAsync(id, cancellationToken) ?? throw _table.Missing(id);

    /// <summary>Changes what is said of it, and when it was changed last.</summary>
    /// <exception cref="MlOpsException">NotFound <c>issue-missing</c>; Invalid <c>name-invalid</c>; TooLarge <c>issue-too-large</c>.</exception>
    public Task<Issue> UpdateAsync(string id, IssueChanges changes, CancellationToken cancellationToken)
    {
        if (changes.Name is { } name)
            CheckName("name", name, NameChars);
        return _table.UpdateAsync(
            id,
            issue => issue with
            {
                Name = changes.Name ?? issue.Name,
                Description = changes.Description ?? issue.Description,
                Status = changes.Status ?? issue.Status,
                Severity = changes.Severity ?? issue.Severity,
                UpdatedAt = _time.GetUtcNow(),
            },
            cancellationToken);
    }

    /// <exception cref="MlOpsException">Invalid <c>filter-invalid</c>, <c>page-token</c>.</exception>
    public async Task<IssuePage> SearchAsync(IssueQuery query, CancellationToken cancellationToken)
    {
        IReadOnlyDictionary<string, int> counts = new Dictionary<string, int>();
        int CountOf(Issue issue) => counts.GetValueOrDefault(issue.Id);
        SearchOrder<Issue> bySeverity = SearchOrder<Issue>.Of(SearchField<Issue>.OfNumber(i => (int?)i.Severity, optional: true), descending: true, "severity");
        SearchOrder<Issue> byTraces = SearchOrder<Issue>.Of(SearchField<Issue>.OfNumber(i => CountOf(i)), descending: true, "trace_count");
        var search = new DocumentSearch<Issue>(
            _table,
            string.Join('\n', query.Filter ?? "", query.ExperimentId ?? "", query.CountsTraces),
            query.Continuation,
            query.CountsTraces ? [bySeverity, byTraces] : [bySeverity],
            FilterParser<Issue>.Parse(query.Filter, IssueFields.All));
        IReadOnlyList<string> experiments = await ExperimentsAsync(query, cancellationToken);
        if (query.CountsTraces)
            counts = await CountAsync(experiments, cancellationToken);
        (IReadOnlyList<Issue> found, string? next) = await search.PageAsync(experiments, query.Limit, cancellationToken);
        return new(query.CountsTraces ? [.. found.Select(issue => issue with { TraceCount = CountOf(issue) })] : found, next);
    }

    /// <summary>Removes at most so many of an experiment's, for good; how many it found.</summary>
    internal async Task<int> RemoveAsync(string experimentId, int most, CancellationToken cancellationToken)
    {
        int count = 0;
        await foreach (DocumentRow<Issue> row in _table.ListAsync(experimentId, null, cancellationToken).Take(most))
        {
            await _table.DeleteAsync(row.Key, cancellationToken);
            count++;
        }

        return count;
    }

    private async Task<IReadOnlyList<string>> ExperimentsAsync(IssueQuery query, CancellationToken cancellationToken) => query.ExperimentId is { } id
        ? await _catalog.ActiveIdsAsync([id], cancellationToken)
        : [.. (await _catalog.ListAsync(cancellationToken)).Where(e => e.DeletedAt is null).Select(e => e.Id)];

    private async Task<IReadOnlyDictionary<string, int>> CountAsync(IEnumerable<string> experimentIds, CancellationToken cancellationToken)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (string id in experimentIds)
        {
            // Without issues there is nothing to count, however many traces there are.
            if (await _table.ListAsync(id, null, cancellationToken).AnyAsync(cancellationToken))
                await _traces.CountIssuesAsync(id, counts, cancellationToken);
        }

        return counts;
    }

    private static void CheckName(string what, string name, int most)
    {
        if (string.IsNullOrWhiteSpace(name) || name.Length > most)
            throw MlOpsException.Invalid("name-invalid", $"the {what} '{TrackingLimits.Shown(name)}' of an issue has {name.Length:N0} characters: 1 to {most} are allowed, not all of them blank");
    }
}
