using System.Text.Json;

namespace MlOps.Api.Inference;

/// <summary>Finds the unit of a request in its body, by the reader that finds its rows.</summary>
internal static class BodyUnit
{
    /// <summary>The value at the path as text; null where there is none, it is no text, number or boolean, or the body is no JSON.</summary>
    /// <param name="path">Names of members and indexes of items.</param>
    /// <exception cref="MlOpsException">Invalid <c>json-invalid</c>: half of a surrogate pair.</exception>
    public static string? Find(ReadOnlyMemory<byte> body, IReadOnlyList<object> path)
    {
        try
        {
            JsonSlice at = JsonSlice.Of(body);
            foreach (object step in path)
                at = step is string name ? at.Member(name) : Item(at, (int)step);
            return Value(at);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static JsonSlice Item(JsonSlice list, int index)
    {
        if (list.Kind != JsonValueKind.Array)
            return default;
        JsonParts items = list.Parts();
        for (int i = 0; items.MoveNext(); i++)
        {
            if (i == index)
                return items.Current;
        }

        return default;
    }

    private static string? Value(JsonSlice value) => value.Kind switch
    {
        JsonValueKind.String => value.Text() is { Length: > 0 } text ? text : null,
        // NaN is a missing value.
        JsonValueKind.Number => value.Element().ValueKind == JsonValueKind.Number ? value.ToString() : null,
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        _ => null,
    };
}
