using System.Collections.Concurrent;

namespace MlOps.Domain.Experiments.Search;

/// <summary>Finds runs of any number of experiments by a filter, in any order, page by page. Reads of the store only what it answers, and what changed since it was last asked.</summary>
public sealed class RunSearch
{
    private readonly ExperimentCatalog _catalog;
    private readonly RunsTable _runs;
    private readonly RunInputs _inputs;
    private readonly Func<string, string, bool> _isOwnFeed;
    private readonly KeyPool _pool = new();
    private readonly ConcurrentDictionary<string, RunIndex> _indexes = new(StringComparer.Ordinal);

    internal RunSearch(ExperimentCatalog catalog, RunsTable runs, RunInputs inputs, Func<string, string, bool> isOwnFeed) =>
        (_catalog, _runs, _inputs, _isOwnFeed) = (catalog, runs, inputs, isOwnFeed);

    /// <exception cref="MlOpsException">Invalid <c>filter-invalid</c>, <c>page-token</c>.</exception>
    public async Task<RunPage> SearchAsync(RunQuery query, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(query.Limit, 1);
        string asked = string.Join('\n', [query.Filter ?? "", $"{query.View}", .. query.OrderBy, .. query.ExperimentIds.Order(StringComparer.Ordinal)]);
        var after = SearchToken.Decode(query.Continuation, asked, query.OrderBy.Count);
        Check(query);
        var found = new List<FoundRun>();
        foreach (string id in query.ExperimentIds.Distinct())
        {
            if (await _catalog.FindAsync(id, cancellationToken) is { } experiment)
                found.AddRange(Matches(experiment, await IndexOf(id).CurrentAsync(cancellationToken), query, cancellationToken));
        }

        int total = found.Count;
        FoundRuns page = FoundRuns.Page(found, [.. query.OrderBy.Select(o => SearchOrder<PackedRun>.Parse(o, Fields(null)).Descending)], after, query.Limit);
        (IReadOnlyList<Run> runs, SearchToken? next) = await ReadAsync(page, query, cancellationToken);
        return new RunPage(runs, next?.Encode(asked)) { Total = total };
    }

    /// <summary>The data sets that runs of the experiments used, each name, digest and context once, in that order; runs that are deleted are left out.</summary>
    public async Task<IReadOnlyList<DatasetSummary>> DatasetsAsync(IReadOnlyList<string> experimentIds, CancellationToken cancellationToken)
    {
        var all = new HashSet<DatasetSummary>();
        foreach (string id in experimentIds.Distinct())
        {
            if (await _catalog.FindAsync(id, cancellationToken) is not { DeletedAt: null })
                continue;
            foreach (PackedRun run in await IndexOf(id).CurrentAsync(cancellationToken))
            {
                if (!run.IsDeleted)
                    all.UnionWith(run.Datasets.Select(d => new DatasetSummary(id, d.Name, d.Digest, d.Context)));
            }
        }

        return [.. all.OrderBy(d => d.Name, StringComparer.Ordinal).ThenBy(d => d.Digest, StringComparer.Ordinal).ThenBy(d => d.Context, StringComparer.Ordinal)];
    }

    internal void Changed(string experimentId, IReadOnlyList<string> runIds)
    {
        if (_indexes.TryGetValue(experimentId, out RunIndex? index))
            index.Changed(runIds);
    }

    /// <summary>Also a search over nothing says what is wrong with it.</summary>
    private void Check(RunQuery query)
    {
        FilterParser<PackedRun>.Parse(query.Filter, Fields(null));
        foreach (string order in query.OrderBy)
            SearchOrder<PackedRun>.Parse(order, Fields(null));
    }

    private RunFields Fields(Experiment? experiment) => new(_pool, experiment ?? new Experiment("", "", default));

    private RunIndex IndexOf(string experimentId) =>
        _indexes.GetOrAdd(experimentId, id => new RunIndex(id, _runs, feed => _isOwnFeed(id, feed), _pool));

    private IEnumerable<FoundRun> Matches(Experiment experiment, PackedRun[] runs, RunQuery query, CancellationToken cancellationToken)
    {
        RunFields fields = Fields(experiment);
        Func<PackedRun, bool> filter = FilterParser<PackedRun>.Parse(query.Filter, fields);
        Func<PackedRun, SortKey>[] keys = [.. query.OrderBy.Select(o => SearchOrder<PackedRun>.Parse(o, fields).Key)];
        bool deleted = experiment.DeletedAt is not null;
        foreach (PackedRun run in runs)
        {
            cancellationToken.ThrowIfCancellationRequested();
            bool seen = query.View == LifecycleView.All || (deleted || run.IsDeleted) == (query.View == LifecycleView.Deleted);
            if (seen && filter(run))
                yield return new FoundRun(experiment, run, keys.Length == 0 ? [] : [.. keys.Select(k => k(run))]);
        }
    }

    /// <summary>The runs of a page, and where it ends when there is more: early, but not empty, before they and their data sets take more than <see cref="RunsTable.PageBytes"/>.</summary>
    private async Task<(IReadOnlyList<Run> Runs, SearchToken? Next)> ReadAsync(FoundRuns found, RunQuery query, CancellationToken cancellationToken)
    {
        var runs = new List<Run>(found.Runs.Count);
        var datasets = new PageInputs(_inputs);
        RunReader? reader = null;
        SearchToken? last = null;
        int most = Math.Min(query.HeldBytes ?? RunsTable.PageBytes, RunsTable.PageBytes);
        long bytes = 0;
        foreach (FoundRun one in found.Runs)
        {
            if (await _runs.FindJsonAsync(one.Experiment.Id, one.Run.Id, one.Run.StartedAt, cancellationToken) is not { } json)
                continue;
            if ((bytes += json.Length) > most && runs.Count > 0)
                return (runs, last);
            if (reader?.Experiment != one.Experiment)
                reader = new RunReader(one.Experiment, query.Columns);
            Run run = reader.Read(json, out IReadOnlyList<StoredInput> stored);
            (IReadOnlyList<DatasetInput> inputs, long size) = await datasets.LoadAsync(one.Experiment.Id, stored, query.HeldBytes is not null, cancellationToken);
            if ((bytes += size) > most && runs.Count > 0)
                return (runs, last);
            last = one.Token;
            runs.Add(inputs.Count == 0 ? run : run with { Inputs = inputs });
        }

        return (runs, found.Next);
    }
}
