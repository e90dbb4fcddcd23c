using System.Text.Json;
using MlOps.Api.Inference;

namespace MlOps.Api.Protocols.OpenInference;

internal static class TensorShape
{
    private const int MaxDimensions = 8;

    /// <exception cref="MlOpsException">Invalid <c>tensor-invalid</c>, naming the tensor.</exception>
    public static IReadOnlyList<int> Parse(JsonSlice shape, string tensor)
    {
        var dimensions = new List<int>();
        if (shape.Kind == JsonValueKind.Array)
        {
            JsonParts parts = shape.Parts();
            while (parts.MoveNext() && dimensions.Count <= MaxDimensions)
                dimensions.Add(Dimension(parts.Current, tensor));
        }

        if (dimensions.Count is 0 or > MaxDimensions)
            throw Invalid($"tensor '{tensor}' needs a 'shape' of 1 to {MaxDimensions} whole numbers, the first of them the number of rows");
        Check(dimensions, tensor);
        return dimensions;
    }

    private static int Dimension(JsonSlice dimension, string tensor) =>
        dimension.TryWhole(out int n) ? n : throw Invalid($"the shape of tensor '{tensor}' holds {dimension.Shown()}, expected whole numbers from 0");

    // Any product of these stays far below what a long holds only if it is checked as it grows; a zero must not hide the rest.
    private static void Check(List<int> dimensions, string tensor)
    {
        long product = 1;
        foreach (int n in dimensions)
        {
            product *= Math.Max(n, 1);
            if (product > int.MaxValue)
                throw Invalid($"the shape [{string.Join(", ", dimensions)}] of tensor '{tensor}' has more than {int.MaxValue} values");
        }
    }

    private static MlOpsException Invalid(string message) => MlOpsException.Invalid("tensor-invalid", message);
}
