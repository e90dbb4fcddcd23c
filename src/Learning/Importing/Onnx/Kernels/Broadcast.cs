namespace MlOps.Learning.Importing.Onnx.Kernels;

/// <summary>Element by element over tensors whose shapes differ where one of them has length 1 ("Broadcasting in ONNX").</summary>
internal static class Broadcast
{
    public static OnnxTensor Apply(OnnxType type, OnnxTensor a, OnnxTensor b, Func<double, double, double> combine)
    {
        Numeric(a);
        Numeric(b);
        int[] shape = Shape(a.Shape, b.Shape);
        var result = new double[OnnxTensor.Elements(shape)];
        int[] atA = Places(a.Shape, shape, result.Length), atB = Places(b.Shape, shape, result.Length);
        for (int i = 0; i < result.Length; i++)
            result[i] = combine(a.Numbers[atA[i]], b.Numbers[atB[i]]);
        return OnnxTensor.Rounded(type, shape, result);
    }

    public static int[] Shape(int[] a, int[] b)
    {
        var shape = new int[Math.Max(a.Length, b.Length)];
        for (int i = 1; i <= shape.Length; i++)
        {
            int x = i <= a.Length ? a[^i] : 1, y = i <= b.Length ? b[^i] : 1;
            shape[^i] = x == y || y == 1 ? x : x == 1 ? y : throw ImportErrors.Damaged($"the shapes [{string.Join(", ", a)}] and [{string.Join(", ", b)}] do not go together");
        }

        return shape;
    }

    /// <summary>For each element of the result, that of a tensor of the given shape.</summary>
    public static int[] Places(int[] from, int[] shape, int count)
    {
        var places = new int[count];
        int stride = 1, block = 1;
        for (int i = 1; i <= from.Length; i++)
        {
            if (from[^i] > 1)
            {
                for (int at = 0; at < count; at++)
                    places[at] += at / block % shape[^i] * stride;
            }

            stride *= from[^i];
            block *= shape[^i];
        }

        return places;
    }

    public static double[] Numeric(OnnxTensor tensor) => tensor.Type == OnnxType.Text ? throw ImportErrors.Damaged("a text stands where a number is needed") : tensor.Numbers;
}
