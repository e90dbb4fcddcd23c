using MlOps.Domain.Experiments.Search;

namespace MlOps.Domain.Experiments.Models;

/// <summary>What a query over logged models asks of their documents.</summary>
internal static class LoggedModelSearch
{
    /// <exception cref="MlOpsException">Invalid <c>filter-invalid</c>, <c>page-token</c>.</exception>
    public static DocumentSearch<LoggedModel> Of(DocumentTable<LoggedModel> table, LoggedModelQuery query)
    {
        string asked = string.Join('\n', [query.Filter ?? "", .. query.Datasets.Select(d => d.ToString()), .. query.OrderBy.Select(o => o.ToString()), .. query.ExperimentIds.Order(StringComparer.Ordinal)]);
        Func<LoggedModel, bool> filter = FilterParser<LoggedModel>.Parse(query.Filter, new LoggedModelFields(query.Datasets, latest: false));
        return new(table, asked, query.Continuation, [.. query.OrderBy.Select(OrderOf)], model => model.DeletedAt is null && IsMeasured(model, query.Datasets) && filter(model));
    }

    private static bool IsMeasured(LoggedModel model, IReadOnlyList<ModelDataset> datasets) =>
        datasets.Count == 0 || model.Metrics.Any(m => datasets.Any(d => d.Has(m)));

    /// <summary>The field is no expression: what stands behind its first dot is the key, with blanks and all.</summary>
    private static SearchOrder<LoggedModel> OrderOf(ModelOrder order)
    {
        var fields = new LoggedModelFields(order.Dataset is null ? [] : [order.Dataset], latest: true);
        int dot = order.Field.IndexOf('.', StringComparison.Ordinal);
        SearchField<LoggedModel> field = fields.Find(dot < 0 ? null : order.Field[..dot], order.Field[(dot + 1)..], out string why) ?? throw FilterError.At(order.Field, 0, why);
        return SearchOrder<LoggedModel>.Of(field, order.Descending, order.Field);
    }
}
