using System.Text.Json;
using MlOps.Api.Http;

namespace MlOps.Api.Protocols.OpenInference;

/// <summary>An input tensor, its values in row-major order.</summary>
/// <param name="Shape">The first dimension is the batch.</param>
internal sealed record Tensor(string Name, IReadOnlyList<int> Shape, IReadOnlyList<object?> Values)
{
    public int Rows => Shape[0];

    /// <summary>Values a row.</summary>
    public int Width => Shape.Skip(1).Aggregate(1, (product, n) => product * n);

    /// <exception cref="MlOpsException">Invalid <c>tensor-invalid</c>, naming the tensor.</exception>
    public static Tensor Parse(JsonElement tensor, int index)
    {
        if (tensor.ValueKind != JsonValueKind.Object)
            throw Invalid($"input {index} is {JsonFields.Shown(tensor)}, expected an object with name, shape, datatype and data");
        string name = Text(tensor, "name", $"input {index}");
        var datatype = TensorDatatype.Get(Text(tensor, "datatype", $"tensor '{name}'"), name);
        IReadOnlyList<int> shape = ShapeOf(tensor, name);
        if (!tensor.TryGetProperty("data", out JsonElement data) || data.ValueKind != JsonValueKind.Array)
            throw Invalid($"tensor '{name}' has no array 'data'");
        var values = new List<object?>();
        Flatten(data, datatype, name, values);
        long expected = shape.Aggregate(1L, (product, n) => product * n);
        return values.Count == expected ? new Tensor(name, shape, values) : throw Invalid(
            $"tensor '{name}' has {values.Count} values, but its shape [{string.Join(", ", shape)}] needs {expected}");
    }

    private static void Flatten(JsonElement data, TensorDatatype datatype, string name, List<object?> values)
    {
        foreach (JsonElement element in data.EnumerateArray())
        {
            if (element.ValueKind == JsonValueKind.Array)
                Flatten(element, datatype, name, values);
            else if (datatype.TryRead(element, out object? value))
                values.Add(value);
            else
                throw Invalid($"tensor '{name}' is {datatype.Name}, but value {values.Count} is {JsonFields.Shown(element)}");
        }
    }

    private static List<int> ShapeOf(JsonElement tensor, string name)
    {
        if (!tensor.TryGetProperty("shape", out JsonElement shape) || shape.ValueKind != JsonValueKind.Array || shape.GetArrayLength() is 0 or > 8)
            throw Invalid($"tensor '{name}' needs a 'shape' of 1 to 8 whole numbers, the first of them the number of rows");
        var dimensions = new List<int>();
        foreach (JsonElement dimension in shape.EnumerateArray())
        {
            if (dimension.ValueKind != JsonValueKind.Number || !dimension.TryGetInt32(out int n) || n < 0)
                throw Invalid($"the shape of tensor '{name}' holds {JsonFields.Shown(dimension)}, expected whole numbers from 0");
            dimensions.Add(n);
        }

        // Any product of these stays far below what a long holds only if it is checked as it grows.
        long product = 1;
        foreach (int n in dimensions)
        {
            product *= n;
            if (product > int.MaxValue)
                throw Invalid($"the shape [{string.Join(", ", dimensions)}] of tensor '{name}' has more than {int.MaxValue} values");
        }

        return dimensions;
    }

    private static string Text(JsonElement tensor, string field, string what) =>
        tensor.TryGetProperty(field, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Invalid($"{what} needs a text '{field}'");

    private static MlOpsException Invalid(string message) => MlOpsException.Invalid("tensor-invalid", message);
}
