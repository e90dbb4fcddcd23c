using MlOps.Learning.Trainers;
using static MlOps.Learning.Importing.Onnx.Kernels.Arithmetic;

namespace MlOps.Learning.Importing.Onnx.Kernels;

/// <summary>Operators over all elements along an axis.</summary>
internal static class Reductions
{
    public static IEnumerable<KeyValuePair<string, OnnxOperator>> All { get; } =
    [
        new("Softmax", (node, opset) => inputs => [Softmax(In(inputs, 0), node, opset, logarithm: false)]),
        new("LogSoftmax", (node, opset) => inputs => [Softmax(In(inputs, 0), node, opset, logarithm: true)]),
        new("ArgMax", (node, _) => inputs => [ArgMax(In(inputs, 0), node)]),
        Reduce("ReduceSum", values => values.Sum()), Reduce("ReduceMean", values => values.Average()), Reduce("ReduceMax", values => values.Max()),
        Reduce("ReduceMin", values => values.Min()), Reduce("ReduceL1", values => values.Sum(Math.Abs)), Reduce("ReduceSumSquare", values => values.Sum(v => v * v)), Reduce("ReduceL2", values => Math.Sqrt(values.Sum(v => v * v))),
    ];

    /// <summary>Before version 13 over all axes from the given one on, since over that alone; they are the same for rows.</summary>
    private static OnnxTensor Softmax(OnnxTensor x, OnnxNode node, int opset, bool logarithm)
    {
        int axis = ShapeOperators.Axis((int)node.Whole("axis", opset < 13 ? 1 : -1), x.Rank);
        if (axis != x.Rank - 1)
            throw ImportErrors.Unsupported($"a {node} over axis {axis} of {x.Rank} is not known: it knows the last one");
        double[] values = [.. Broadcast.Numeric(x)];
        int width = x.Shape[^1];
        for (int at = 0; at < values.Length; at += width)
        {
            Span<double> row = values.AsSpan(at, width);
            double[] before = row.ToArray();
            double sum = Links.Softmax(row);
            for (int i = 0; logarithm && i < width; i++)
                row[i] = before[i] - sum;
        }

        return OnnxTensor.Rounded(x.Type, x.Shape, values);
    }

    private static OnnxTensor ArgMax(OnnxTensor x, OnnxNode node) =>
        Over(x, [(int)node.Whole("axis", 0)], node.Whole("keepdims", 1) != 0, OnnxType.Int64, values => node.Whole("select_last_index", 0) != 0 ? Array.LastIndexOf(values, values.Max()) : Array.IndexOf(values, values.Max()));

    private static KeyValuePair<string, OnnxOperator> Reduce(string name, Func<double[], double> reduce) => new(name, (node, _) => inputs =>
    {
        int[] axes = inputs.ElementAtOrDefault(1)?.Whole ?? [.. node.Wholes("axes").Select(a => (int)a)];
        return [Over(In(inputs, 0), axes, node.Whole("keepdims", 1) != 0, In(inputs, 0).Type, reduce)];
    });

    private static OnnxTensor Over(OnnxTensor x, int[] axes, bool keep, OnnxType type, Func<double[], double> reduce)
    {
        if (axes.Length != 1 || ShapeOperators.Axis(axes[0], x.Rank) is var axis && axis != x.Rank - 1 || x.Shape[^1] == 0)
            throw ImportErrors.Unsupported($"a reduction over the axes [{string.Join(", ", axes)}] of {x.Rank} is not known: it knows the last one");
        double[] results = [.. Broadcast.Numeric(x).Chunk(x.Shape[^1]).Select(reduce)];
        int[] shape = keep ? [.. x.Shape[..^1], 1] : x.Shape[..^1];
        return OnnxTensor.Rounded(type, shape, results);
    }
}
