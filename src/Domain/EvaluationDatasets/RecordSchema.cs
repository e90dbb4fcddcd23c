using System.Text.Json;

namespace MlOps.Domain.EvaluationDatasets;

/// <summary>
/// The names that records of a data set have had in each of their parts, in the order in which they came, with the type of the first value:
/// <c>null</c>, <c>boolean</c>, <c>integer</c>, <c>float</c>, <c>string</c>, <c>array</c> or <c>object</c>. What is deleted stays in it.
/// </summary>
public sealed record RecordSchema
{
    public IReadOnlyDictionary<string, string> Inputs { get; init; } = new Dictionary<string, string>();

    public IReadOnlyDictionary<string, string> Outputs { get; init; } = new Dictionary<string, string>();

    /// <summary>Of outputs that are no object; such come first only.</summary>
    public string? OutputsType { get; init; }

    public IReadOnlyDictionary<string, string> Expectations { get; init; } = new Dictionary<string, string>();

    internal RecordSchema With(IEnumerable<RecordEdit> edits)
    {
        (OrderedDictionary<string, string> inputs, OrderedDictionary<string, string> outputs, OrderedDictionary<string, string> expectations) = (Copy(Inputs), Copy(Outputs), Copy(Expectations));
        string? outputsType = OutputsType;
        foreach (RecordEdit edit in edits)
        {
            Add(inputs, edit.Inputs);
            if (edit.Expectations is { } expected)
                Add(expectations, expected);
            if (edit.Outputs is not { } output || outputsType is not null)
                continue;
            if (output.ValueKind == JsonValueKind.Object)
                Add(outputs, output);
            else if (outputs.Count == 0)
                outputsType = TypeOf(output);
        }

        return new RecordSchema { Inputs = inputs, Outputs = outputs, OutputsType = outputsType, Expectations = expectations };
    }

    private static OrderedDictionary<string, string> Copy(IReadOnlyDictionary<string, string> fields) => new(fields, StringComparer.Ordinal);

    private static void Add(OrderedDictionary<string, string> fields, JsonElement values)
    {
        foreach (JsonProperty field in values.EnumerateObject())
        {
            if (!fields.ContainsKey(field.Name))
                fields.Add(field.Name, TypeOf(field.Value));
        }
    }

    private static string TypeOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => "null",
        JsonValueKind.True or JsonValueKind.False => "boolean",
        JsonValueKind.Number => JsonValues.IsWhole(value) ? "integer" : "float",
        JsonValueKind.String => "string",
        JsonValueKind.Array => "array",
        _ => "object",
    };
}
