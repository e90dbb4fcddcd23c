using System.Text.Json;
using MlOps.Api.Http;
using MlOps.Domain.Serving;
using MlOps.Learning.Tables;

namespace MlOps.Api.Protocols.MlflowScoring;

/// <summary>The four JSON forms of an invocation; a body has exactly one of them, and may have <c>params</c>, which our models do not use.</summary>
internal static class InvocationForms
{
    private static readonly Dictionary<string, Func<JsonElement, Func<RequestBinder, Table>>> Forms = new(StringComparer.Ordinal)
    {
        ["dataframe_split"] = Split,
        ["dataframe_records"] = records => binder => binder.BindRecords(records),
        ["instances"] = Instances,
        ["inputs"] = Inputs,
    };

    /// <exception cref="MlOpsException">Invalid <c>json-invalid</c>.</exception>
    public static Func<RequestBinder, Table> Of(JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object)
            throw JsonFields.Invalid($"the body is {JsonFields.Shown(body)}, expected an object with one of {Names}");
        JsonProperty[] given = [.. body.EnumerateObject().Where(p => p.Name != "params")];
        return given.Length == 1 && Forms.TryGetValue(given[0].Name, out Func<JsonElement, Func<RequestBinder, Table>>? form)
            ? form(given[0].Value)
            : throw JsonFields.Invalid($"the body has {(given.Length == 0 ? "no field" : string.Join(", ", given.Select(p => $"'{p.Name}'")))}, expected exactly one of {Names}");
    }

    private static string Names => string.Join(", ", Forms.Keys);

    /// <summary><c>{"columns": [names]?, "data": [[row]..]}</c>; without names in the order of the signature.</summary>
    private static Func<RequestBinder, Table> Split(JsonElement split)
    {
        if (split.ValueKind != JsonValueKind.Object || !split.TryGetProperty("data", out JsonElement data))
            throw JsonFields.Invalid("'dataframe_split' needs an array 'data' of rows, and 'columns' with their names");
        IReadOnlyList<string>? columns = split.TryGetProperty("columns", out JsonElement names) && names.ValueKind != JsonValueKind.Null ? ColumnNames(names) : null;
        List<IReadOnlyList<object?>> rows = Rows(data, "dataframe_split.data");
        return binder => binder.BindRows(rows, columns);
    }

    /// <summary>Rows as objects, as lists of values, or as single values of a model with one feature.</summary>
    private static Func<RequestBinder, Table> Instances(JsonElement instances)
    {
        bool objects = instances.ValueKind == JsonValueKind.Array && instances.GetArrayLength() > 0 && instances[0].ValueKind == JsonValueKind.Object;
        if (objects)
            return binder => binder.BindRecords(instances);
        List<IReadOnlyList<object?>> rows = Rows(instances, "instances");
        return binder => binder.BindRows(rows, null);
    }

    /// <summary>Columns by name, or a list of rows.</summary>
    private static Func<RequestBinder, Table> Inputs(JsonElement inputs)
    {
        if (inputs.ValueKind != JsonValueKind.Object)
            return Instances(inputs);
        RequestColumn[] columns = [.. inputs.EnumerateObject().Select(p => new RequestColumn(p.Name, Values(p.Value, $"inputs.{p.Name}")))];
        return binder => binder.BindColumns(columns);
    }

    private static List<string> ColumnNames(JsonElement names)
    {
        if (names.ValueKind != JsonValueKind.Array || names.EnumerateArray().Any(n => n.ValueKind != JsonValueKind.String))
            throw JsonFields.Invalid("'dataframe_split.columns' is no array of texts");
        return [.. names.EnumerateArray().Select(n => n.GetString()!)];
    }

    private static List<IReadOnlyList<object?>> Rows(JsonElement rows, string where)
    {
        if (rows.ValueKind != JsonValueKind.Array)
            throw JsonFields.Invalid($"'{where}' is {JsonFields.Shown(rows)}, expected an array of rows");
        return [.. rows.EnumerateArray().Select((row, i) => row.ValueKind == JsonValueKind.Array ? Values(row, $"{where}[{i}]") : [row])];
    }

    /// <summary>Values of a row or a column; <c>[n, 1]</c> is as good as <c>[n]</c>.</summary>
    private static IReadOnlyList<object?> Values(JsonElement values, string where)
    {
        if (values.ValueKind != JsonValueKind.Array)
            throw JsonFields.Invalid($"'{where}' is {JsonFields.Shown(values)}, expected an array");
        return [.. values.EnumerateArray().Select(object? (v) => v is { ValueKind: JsonValueKind.Array } && v.GetArrayLength() == 1 ? v[0] : v)];
    }
}
