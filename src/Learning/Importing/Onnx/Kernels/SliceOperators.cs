using static MlOps.Learning.Importing.Onnx.Kernels.Arithmetic;

namespace MlOps.Learning.Importing.Onnx.Kernels;

/// <summary>Operators that take parts of a tensor along its axes.</summary>
internal static class SliceOperators
{
    public static IEnumerable<KeyValuePair<string, OnnxOperator>> All { get; } =
    [
        new("Slice", (node, _) => inputs => [Slice(In(inputs, 0), Ends(node, inputs, 1, "starts") ?? [], Ends(node, inputs, 2, "ends") ?? [], Ends(node, inputs, 3, "axes"), Ends(node, inputs, 4, "steps"))]),
        new("Split", (node, _) => inputs => Split(In(inputs, 0), (int)node.Whole("axis", 0), Ends(node, inputs, 1, "split"), node.Outputs.Count)),
    ];

    /// <summary>An attribute in old versions (of Slice before 10, of Split before 13), an input since.</summary>
    private static int[]? Ends(OnnxNode node, OnnxTensor?[] inputs, int index, string name) =>
        inputs.ElementAtOrDefault(index)?.Whole ?? (node.Wholes(name) is { Count: > 0 } given ? [.. given.Select(w => (int)Math.Clamp(w, int.MinValue, int.MaxValue))] : null);

    private static OnnxTensor Slice(OnnxTensor x, int[] starts, int[] ends, int[]? axes, int[]? steps)
    {
        axes ??= [.. Enumerable.Range(0, starts.Length)];
        steps ??= [.. Enumerable.Repeat(1, starts.Length)];
        if (ends.Length != starts.Length || axes.Length != starts.Length || steps.Length != starts.Length || steps.Contains(0))
            throw ImportErrors.Damaged($"a Slice has {starts.Length} starts, {ends.Length} ends, {axes.Length} axes and the steps [{string.Join(", ", steps)}]");
        int[][] kept = Whole(x);
        for (int i = 0; i < axes.Length; i++)
        {
            int axis = ShapeOperators.Axis(axes[i], x.Rank);
            kept[axis] = [.. Places(starts[i], ends[i], steps[i], x.Shape[axis])];
        }

        return Take(x, kept);
    }

    /// <summary>Negative places count from the back; those outside are held within.</summary>
    private static IEnumerable<int> Places(int start, int end, int step, int length)
    {
        if (length == 0)
            yield break;
        (long low, long high) = step > 0 ? (0, length) : (-1, length - 1);
        long to = Math.Clamp(end < 0 ? end + (long)length : end, low, high);
        for (long at = Math.Clamp(start < 0 ? start + (long)length : start, Math.Max(low, 0), high); step > 0 ? at < to : at > to; at += step)
            yield return (int)at;
    }

    /// <param name="lengths">Null: parts alike, the last the shorter where they cannot be.</param>
    private static OnnxTensor[] Split(OnnxTensor x, int axis, int[]? lengths, int outputs)
    {
        axis = ShapeOperators.Axis(axis, x.Rank);
        int all = x.Shape[axis], each = (all + outputs - 1) / Math.Max(1, outputs);
        lengths ??= [.. Enumerable.Range(0, outputs).Select(i => Math.Clamp(all - (i * each), 0, each))];
        if (lengths.Any(l => l < 0) || lengths.Sum(l => (long)l) != all)
            throw ImportErrors.Damaged($"a Split has the lengths [{string.Join(", ", lengths)}] for {all}");
        var parts = new OnnxTensor[lengths.Length];
        for (int i = 0, from = 0; i < parts.Length; from += lengths[i++])
        {
            int[][] kept = Whole(x);
            kept[axis] = [.. Enumerable.Range(from, lengths[i])];
            parts[i] = Take(x, kept);
        }

        return parts;
    }

    private static int[][] Whole(OnnxTensor x) => [.. x.Shape.Select(length => Enumerable.Range(0, length).ToArray())];

    /// <summary>The elements whose place along every axis is kept, in the order given.</summary>
    private static OnnxTensor Take(OnnxTensor x, int[][] kept)
    {
        int[] shape = [.. kept.Select(k => k.Length)];
        var places = new int[OnnxTensor.Elements(shape)];
        int block = 1, stride = 1;
        for (int axis = x.Rank - 1; axis >= 0; axis--)
        {
            for (int at = 0; at < places.Length; at++)
                places[at] += kept[axis][at / block % shape[axis]] * stride;
            block *= Math.Max(1, shape[axis]);
            stride *= x.Shape[axis];
        }

        return ShapeOperators.Pick(x, shape, places);
    }
}
