using System.Text.Json;
using MlOps.Api.Inference;
using MlOps.Domain.Serving.Explanations;

namespace MlOps.Api.Protocols.MlflowScoring;

/// <summary>The four JSON forms of an invocation; a body has exactly one of them, and may have <c>params</c>, an object of which our models know <c>explain</c>; what else it has is ignored, as MLflow does.</summary>
internal static class InvocationForms
{
    private static readonly Dictionary<string, Func<JsonSlice, RequestRows>> Forms = new(StringComparer.Ordinal)
    {
        ["dataframe_split"] = Split,
        ["dataframe_records"] = records => new RecordRows(records),
        ["instances"] = instances => RequestRows.Of(instances, "instances"),
        ["inputs"] = Inputs,
    };

    /// <exception cref="MlOpsException">Invalid <c>json-invalid</c>.</exception>
    public static (RequestRows Rows, ExplainOptions? Explain) Of(JsonSlice body)
    {
        if (body.Kind != JsonValueKind.Object)
            throw RequestShape.Invalid($"the body is {body.Shown()}, expected an object with one of {Names}");
        var given = new List<string>();
        JsonSlice value = default;
        JsonSlice parameters = default;
        JsonParts members = body.Parts();
        while (members.MoveNext())
        {
            if (members.NameIs("params"))
            {
                parameters = members.Current;
                parameters.Check();
                continue;
            }

            given.Add(members.Name());
            value = members.Current;
        }

        if (parameters.IsGiven && parameters.Kind != JsonValueKind.Object)
            throw MlOpsException.Invalid("params-invalid", $"'params' is {parameters.Shown()}, expected an object; our models know 'explain', all else in it is ignored");
        return given.Count == 1 && Forms.TryGetValue(given[0], out Func<JsonSlice, RequestRows>? form)
            ? (form(value), ExplainParameter.Parse(parameters.Members(ExplainParameter.Name)[0]))
            : throw RequestShape.Invalid($"the body has {(given.Count == 0 ? "no field" : string.Join(", ", given.Select(name => $"'{name}'")))}, expected exactly one of {Names}");
    }

    private static string Names => string.Join(", ", Forms.Keys);

    /// <summary><c>{"columns": [names]?, "data": [[row]..]}</c>; without names in the order of the signature.</summary>
    private static RequestRows Split(JsonSlice split) => Split(split, "dataframe_split");

    /// <param name="where">Its name, for messages.</param>
    public static RequestRows Split(JsonSlice split, string where)
    {
        JsonMembers members = split.Members("data", "columns");
        JsonSlice data = members[0];
        if (data.Kind == JsonValueKind.Undefined)
            throw RequestShape.Invalid($"'{where}' needs an array 'data' of rows, and 'columns' with their names");
        if (data.Kind != JsonValueKind.Array)
            throw RequestShape.Invalid($"'{where}.data' is {data.Shown()}, expected an array of rows");
        return new ListRows(data, members[1].IsGiven ? ColumnNames.Parse(members[1], $"{where}.columns") : null, $"{where}.data");
    }

    /// <summary>Columns by name, or a list of rows.</summary>
    private static RequestRows Inputs(JsonSlice inputs) => inputs.Kind == JsonValueKind.Object ? new ColumnRows(inputs, "inputs") : RequestRows.Of(inputs, "inputs");
}
