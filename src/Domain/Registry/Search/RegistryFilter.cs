using MlOps.Domain.Experiments.Search;

namespace MlOps.Domain.Registry.Search;

/// <summary>A query over models or versions, read: what matches, in which order, and where its page begins.</summary>
internal sealed class RegistryFilter<T>
{
    private readonly RegistryQuery _query;
    private readonly Func<T, (string Name, int Version)> _key;
    private readonly Func<T, bool> _filter;
    private readonly SearchOrder<T>[] _orders;
    private readonly string _asked;
    private readonly SearchToken? _after;

    /// <param name="key">Breaks ties: the name, then the newest version.</param>
    public RegistryFilter(RegistryQuery query, IReadOnlyList<string> orderBy, ISearchFields<T> fields, Func<T, (string Name, int Version)> key)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(query.Limit, 1);
        (_query, _key) = (query, key);
        _asked = string.Join('\n', [typeof(T).Name, query.Filter ?? "", .. orderBy]);
        _after = SearchToken.Decode(query.Continuation, _asked, orderBy.Count);
        _filter = FilterParser<T>.Parse(query.Filter, fields);
        _orders = [.. orderBy.Select(o => SearchOrder<T>.Parse(o, fields))];
    }

    public bool Matches(T item) => _filter(item);

    public RegistryPage<T> Page(IEnumerable<T> items)
    {
        var order = Comparer<SearchToken>.Create(Compare);
        (T Item, SearchToken Token)[] found =
        [
            .. items.Where(_filter).Select(item => (item, TokenOf(item))).Where(f => _after is null || order.Compare(f.Item2, _after) > 0).OrderBy(f => f.Item2, order),
        ];
        return new([.. found.Take(_query.Limit).Select(f => f.Item)], found.Length > _query.Limit ? found[_query.Limit - 1].Token.Encode(_asked) : null);
    }

    private SearchToken TokenOf(T item)
    {
        (string name, int version) = _key(item);
        return new SearchToken([.. _orders.Select(o => o.Key(item))], version, name);
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

internal static class RegistryFilter
{
    /// <summary>The one name that can match: where clauses are joined by AND alone and one of them is <c>name = '...'</c>.</summary>
    public static string? OnlyName(string? filter)
    {
        if (string.IsNullOrWhiteSpace(filter))
            return null;
        List<FilterToken> tokens = FilterLexer.Tokens(filter);
        if (tokens.Exists(t => t.Is("OR")))
            return null;
        for (int i = 0; i + 2 < tokens.Count; i++)
        {
            bool begins = i == 0 || tokens[i - 1].Is("AND");
            if (begins && tokens[i].Is("name") && tokens[i + 1].IsSign("=") && tokens[i + 2].Kind == FilterTokenKind.Text)
                return tokens[i + 2].Text;
        }

        return null;
    }
}
