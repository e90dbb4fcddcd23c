using MlOps.Domain.Experiments.Search;

namespace MlOps.Domain.Experiments.Models;

/// <summary>Takes models one by one and keeps those that a query asks for.</summary>
internal sealed class LoggedModelSearch
{
    private readonly LoggedModelQuery _query;
    private readonly string _asked;
    private readonly SearchToken? _after;
    private readonly Func<LoggedModel, bool> _filter;
    private readonly SearchOrder<LoggedModel>[] _orders;
    private readonly List<(LoggedModel Model, SearchToken Token)> _found = [];

    public LoggedModelSearch(LoggedModelQuery query)
    {
        _query = query;
        _asked = string.Join('\n', [query.Filter ?? "", .. query.Datasets.Select(d => d.ToString()), .. query.OrderBy.Select(o => o.ToString()), .. query.ExperimentIds.Order(StringComparer.Ordinal)]);
        _after = SearchToken.Decode(query.Continuation, _asked, query.OrderBy.Count);
        _filter = FilterParser<LoggedModel>.Parse(query.Filter, new LoggedModelFields(query.Datasets, latest: false));
        _orders = [.. query.OrderBy.Select(Order)];
    }

    public void Add(LoggedModel model)
    {
        bool measured = _query.Datasets.Count == 0 || model.Metrics.Any(m => _query.Datasets.Any(d => d.Has(m)));
        if (model.DeletedAt is null && measured && _filter(model))
            _found.Add((model, new SearchToken([.. _orders.Select(o => o.Key(model))], model.CreatedAt.ToUnixTimeMilliseconds(), model.Id)));
    }

    public LoggedModelPage Page()
    {
        bool[] descending = [.. _orders.Select(o => o.Descending)];
        if (_after is not null)
            _found.RemoveAll(f => f.Token.CompareTo(_after, descending) <= 0);
        _found.Sort((a, b) => a.Token.CompareTo(b.Token, descending));
        return new([.. _found.Take(_query.Limit).Select(f => f.Model)], _found.Count > _query.Limit ? _found[_query.Limit - 1].Token.Encode(_asked) : null);
    }

    private static SearchOrder<LoggedModel> Order(ModelOrder order)
    {
        SearchOrder<LoggedModel> parsed = SearchOrder<LoggedModel>.Parse(order.Field, new LoggedModelFields(order.Dataset is null ? [] : [order.Dataset], latest: true));
        return parsed with { Descending = order.Descending };
    }
}
