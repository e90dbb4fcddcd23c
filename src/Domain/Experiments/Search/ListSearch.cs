namespace MlOps.Domain.Experiments.Search;

/// <summary>Searches things that a caller reads one by one, in the language of <see cref="RunQuery"/>: what matches, in which order, and where a page begins.</summary>
public sealed class ListSearch<T>
{
    private readonly Func<T, (string Name, long Number)> _key;
    private readonly Func<T, bool> _filter;
    private readonly SearchOrder<T>[] _orders;
    private readonly string _asked;
    private readonly SearchToken? _after;

    /// <param name="filter">Null or blank for all.</param>
    /// <param name="orderBy">Fields with ASC or DESC.</param>
    /// <param name="continuation">From the page before, of the same filter and order.</param>
    /// <param name="key">Breaks ties, and no two have the same: the name, then the greatest number.</param>
    /// <exception cref="MlOpsException">Invalid <c>filter-invalid</c>, <c>page-token</c>.</exception>
    public ListSearch(string? filter, IReadOnlyList<string> orderBy, string? continuation, ISearchFields<T> fields, Func<T, (string Name, long Number)> key)
    {
        _key = key;
        _asked = string.Join('\n', [typeof(T).Name, filter ?? "", .. orderBy]);
        _after = SearchToken.Decode(continuation, _asked, orderBy.Count);
        _filter = FilterParser<T>.Parse(filter, fields);
        _orders = [.. orderBy.Select(o => SearchOrder<T>.Parse(o, fields))];
    }

    public bool Matches(T item) => _filter(item);

    /// <summary>Those that match, in order, from where the page begins; and what to go on with, null when there is no more.</summary>
    /// <param name="limit">1 or more.</param>
    public (IReadOnlyList<T> Items, string? Continuation) Page(IEnumerable<T> items, int limit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        var order = Comparer<SearchToken>.Create(Compare);
        (T Item, SearchToken Token)[] found =
        [
            .. items.Where(_filter).Select(item => (item, TokenOf(item))).Where(f => _after is null || order.Compare(f.Item2, _after) > 0).OrderBy(f => f.Item2, order),
        ];
        return ([.. found.Take(limit).Select(f => f.Item)], found.Length > limit ? found[limit - 1].Token.Encode(_asked) : null);
    }

    private SearchToken TokenOf(T item)
    {
        (string name, long number) = _key(item);
        return new SearchToken([.. _orders.Select(o => o.Key(item))], number, name);
    }

    private int Compare(SearchToken a, SearchToken b)
    {
        for (int i = 0; i < _orders.Length; i++)
        {
            if (a.Keys[i].CompareTo(b.Keys[i], _orders[i].Descending) is not 0 and int order)
                return order;
        }

        int name = string.CompareOrdinal(a.Id, b.Id);
        return name != 0 ? name : b.Start.CompareTo(a.Start);
    }
}

/// <summary>What a filter asks, seen from outside.</summary>
public static class FilterText
{
    /// <summary>The one text that a field can have where the filter holds: clauses are joined by AND alone, and one of them is <c>field = '...'</c>. Null: any.</summary>
    /// <exception cref="MlOpsException">Invalid <c>filter-invalid</c>.</exception>
    public static string? Only(string? filter, string field)
    {
        if (string.IsNullOrWhiteSpace(filter))
            return null;
        List<FilterToken> tokens = FilterLexer.Tokens(filter);
        if (tokens.Exists(t => t.Is("OR")))
            return null;
        for (int i = 0; i + 2 < tokens.Count; i++)
        {
            bool begins = i == 0 || tokens[i - 1].Is("AND");
            if (begins && tokens[i].Is(field) && tokens[i + 1].IsSign("=") && tokens[i + 2].Kind == FilterTokenKind.Text)
                return tokens[i + 2].Text;
        }

        return null;
    }
}
