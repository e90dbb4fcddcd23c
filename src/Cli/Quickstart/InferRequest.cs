using System.Text.Json.Nodes;
using MlOps.Learning.Tables;

namespace MlOps.Cli.Quickstart;

/// <summary>One row as an Open Inference v2 request: a tensor a column.</summary>
internal static class InferRequest
{
    public static JsonObject Of(Table table, int row, string id)
    {
        var inputs = new JsonArray();
        foreach (Column column in table.Columns.Where(c => c.Name != SampleData.Target))
            inputs.Add(Tensor(column, row));
        return new JsonObject { ["id"] = id, ["inputs"] = inputs };
    }

    private static JsonObject Tensor(Column column, int row)
    {
        (string type, JsonNode? value) = column switch
        {
            NumberColumn n => ("FP64", n.IsMissing(row) ? null : JsonValue.Create(n.Values[row])),
            BooleanColumn b => ("BOOL", b.IsMissing(row) ? null : JsonValue.Create(b.Values[row] == 1)),
            _ => ("BYTES", (JsonNode?)column.Format(row)),
        };
        return new JsonObject { ["name"] = column.Name, ["shape"] = new JsonArray(1), ["datatype"] = type, ["data"] = new JsonArray(value) };
    }
}
