namespace MlOps.Domain.Experiments.Search;

/// <summary>A search over experiments; see <see cref="RunQuery"/>. Without an order the newest come first.</summary>
public sealed record ExperimentQuery
{
    public string? Filter { get; init; }

    public IReadOnlyList<string> OrderBy { get; init; } = [];

    public LifecycleView View { get; init; } = LifecycleView.Active;

    public int Limit { get; init; } = 1_000;

    public string? Continuation { get; init; }
}

/// <summary>A page of experiments; null on the last.</summary>
public sealed record ExperimentPage(IReadOnlyList<Experiment> Experiments, string? Continuation);

internal static class ExperimentSearch
{
    /// <exception cref="MlOpsException">Invalid <c>filter-invalid</c>, <c>page-token</c>.</exception>
    public static ExperimentPage Page(IEnumerable<Experiment> all, ExperimentQuery query)
    {
        string asked = string.Join('\n', [query.Filter ?? "", $"{query.View}", .. query.OrderBy]);
        var after = SearchToken.Decode(query.Continuation, asked, query.OrderBy.Count);
        Func<Experiment, bool> filter = FilterParser<Experiment>.Parse(query.Filter, ExperimentFields.All);
        SearchOrder<Experiment>[] orders = [.. query.OrderBy.Select(o => SearchOrder<Experiment>.Parse(o, ExperimentFields.All))];
        var order = Comparer<SearchToken>.Create((a, b) => Compare(a, b, orders));
        (Experiment Experiment, SearchToken Token)[] found =
        [
            .. all.Where(e => (query.View == LifecycleView.All || e.DeletedAt is not null == (query.View == LifecycleView.Deleted)) && filter(e))
                .Select(e => (e, new SearchToken([.. orders.Select(o => o.Key(e))], e.CreatedAt.ToUnixTimeMilliseconds(), e.Id)))
                .Where(e => after is null || order.Compare(e.Item2, after) > 0)
                .OrderBy(e => e.Item2, order),
        ];
        return new([.. found.Take(query.Limit).Select(f => f.Experiment)], found.Length > query.Limit ? found[query.Limit - 1].Token.Encode(asked) : null);
    }

    /// <summary>Newest first; of one millisecond the greater id, which is a number, was made later.</summary>
    private static int Compare(SearchToken a, SearchToken b, SearchOrder<Experiment>[] orders)
    {
        for (int i = 0; i < orders.Length; i++)
        {
            if (a.Keys[i].CompareTo(b.Keys[i], orders[i].Descending) is not 0 and int order)
                return order;
        }

        return a.Start != b.Start ? b.Start.CompareTo(a.Start) : b.Id.Length != a.Id.Length ? b.Id.Length.CompareTo(a.Id.Length) : string.CompareOrdinal(b.Id, a.Id);
    }
}
