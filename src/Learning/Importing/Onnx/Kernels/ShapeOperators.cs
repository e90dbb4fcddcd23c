using System.Globalization;
using static MlOps.Learning.Importing.Onnx.Kernels.Arithmetic;

namespace MlOps.Learning.Importing.Onnx.Kernels;

/// <summary>Operators that move elements about, and those that make them of another type.</summary>
internal static class ShapeOperators
{
    public static IEnumerable<KeyValuePair<string, OnnxOperator>> All { get; } =
    [
        new("Identity", (_, _) => Same), new("Dropout", (_, _) => Same), new("ai.onnx.ml.ZipMap", (_, _) => Same),
        new("Cast", (node, _) => inputs => [Cast(In(inputs, 0), (OnnxType)node.Whole("to", 1))]),
        new("Constant", (node, _) => Constant(node)),
        new("Reshape", (node, _) => inputs => [Reshape(In(inputs, 0), inputs.Length > 1 ? In(inputs, 1).Whole : [.. node.Wholes("shape").Select(s => (int)s)], node.Whole("allowzero", 0) == 0)]),
        new("Flatten", (node, _) => inputs => [Flatten(In(inputs, 0), (int)node.Whole("axis", 1))]),
        new("Squeeze", (node, _) => inputs => [Squeeze(In(inputs, 0), Axes(node, inputs))]),
        new("Unsqueeze", (node, _) => inputs => [Unsqueeze(In(inputs, 0), Axes(node, inputs))]),
        new("Concat", (node, _) => inputs => [Concat([.. inputs.Select((_, i) => In(inputs, i))], (int)node.Whole("axis", 0))]),
        new("Gather", (node, _) => inputs => [Gather(In(inputs, 0), In(inputs, 1), (int)node.Whole("axis", 0))]),
        new("Transpose", (node, _) => inputs => [Transpose(In(inputs, 0), [.. node.Wholes("perm").Select(p => (int)p)])]),
        new("Shape", (node, _) => inputs => [Lengths(In(inputs, 0).Shape, node)]),
    ];

    /// <summary>An axis counted from the front.</summary>
    public static int Axis(int axis, int rank) => axis >= -rank && axis < rank ? (axis + rank) % rank : throw ImportErrors.Damaged($"there is no axis {axis} of {rank}");

    /// <summary>Elements of some tensor by their places in it.</summary>
    public static OnnxTensor Pick(OnnxTensor from, int[] shape, int[] places) => from.Type == OnnxType.Text
        ? new OnnxTensor(shape, [.. places.Select(p => from.Texts[p])])
        : new OnnxTensor(from.Type, shape, [.. places.Select(p => from.Numbers[p])]);

    public static OnnxTensor Cast(OnnxTensor x, OnnxType to)
    {
        if (x.Type == to)
            return x;
        if (to == OnnxType.Text)
            return new OnnxTensor(x.Shape, [.. x.Numbers.Select(n => Text(n, x.Type))]);
        if (!Enum.IsDefined(to))
            throw ImportErrors.Unsupported($"Cast to the element type {(int)to} of onnx.proto is not known");
        double[] numbers = x.Type == OnnxType.Text ? [.. x.Texts.Select(Parse)] : x.Numbers;
        return OnnxTensor.Rounded(to, x.Shape, to switch
        {
            OnnxType.Boolean => [.. numbers.Select(n => n != 0 ? 1.0 : 0)],
            OnnxType.Int32 or OnnxType.Int64 => [.. numbers.Select(Math.Truncate)],
            _ => [.. numbers],
        });
    }

    /// <summary>The fewest digits that tell a number from its neighbours of its type: 0.1 of 32 bits is 0.1.</summary>
    private static string Text(double number, OnnxType type) => type == OnnxType.Single
        ? ((float)number).ToString("R", CultureInfo.InvariantCulture)
        : number.ToString("R", CultureInfo.InvariantCulture);

    public static OnnxTensor Concat(OnnxTensor[] parts, int axis)
    {
        if (parts.Length == 0)
            throw ImportErrors.Damaged("a Concat has no inputs");
        axis = Axis(axis, parts[0].Rank);
        int[] shape = [.. parts[0].Shape];
        shape[axis] = parts.Sum(p => p.Rank == shape.Length ? p.Shape[axis] : throw ImportErrors.Damaged("the inputs of a Concat differ in rank"));
        int outer = OnnxTensor.Elements(shape.Take(axis)), count = OnnxTensor.Elements(shape);
        var numbers = new List<double>();
        var texts = new List<string>();
        for (int row = 0; row < outer; row++)
        {
            foreach (OnnxTensor part in parts)
            {
                int width = outer == 0 ? 0 : part.Count / outer;
                if (part.Type == OnnxType.Text)
                    texts.AddRange(part.Texts.AsSpan(row * width, width));
                else
                    numbers.AddRange(part.Numbers.AsSpan(row * width, width));
            }
        }

        return texts.Count == count && parts[0].Type == OnnxType.Text ? new OnnxTensor(shape, [.. texts]) : new OnnxTensor(parts[0].Type, shape, [.. numbers]);
    }

    /// <summary>Those from <c>start</c> to before <c>end</c> since version 15; both count from the back when negative and are held within.</summary>
    private static OnnxTensor Lengths(int[] shape, OnnxNode node)
    {
        int start = Within(node.Whole("start", 0), shape.Length), end = Math.Max(start, Within(node.Whole("end", shape.Length), shape.Length));
        return new OnnxTensor(OnnxType.Int64, [end - start], [.. shape[start..end].Select(s => (double)s)]);
    }

    private static int Within(long place, int length) => (int)Math.Clamp(place < 0 ? place + length : place, 0, length);

    private static OnnxTensor[] Same(OnnxTensor?[] inputs) => [In(inputs, 0)];

    private static double Parse(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : double.NaN;

    private static OnnxKernel Constant(OnnxNode node)
    {
        OnnxTensor value = node.Tensor("value")
            ?? (node.Attributes.ContainsKey("value_float") ? new OnnxTensor(OnnxType.Single, [], [node.Number("value_float", 0)])
            : node.Attributes.ContainsKey("value_int") ? new OnnxTensor(OnnxType.Int64, [], [node.Whole("value_int", 0)])
            : node.Attributes.ContainsKey("value_floats") ? new OnnxTensor(OnnxType.Single, [node.Numbers("value_floats").Count], [.. node.Numbers("value_floats")])
            : node.Attributes.ContainsKey("value_ints") ? new OnnxTensor(OnnxType.Int64, [node.Wholes("value_ints").Count], [.. node.Wholes("value_ints").Select(w => (double)w)])
            : throw ImportErrors.Unsupported("a Constant has a value of another kind than numbers"));
        return _ => [value];
    }

    private static OnnxTensor Reshape(OnnxTensor x, int[] to, bool zeroKeeps)
    {
        int[] shape = [.. to.Select((length, i) => length == 0 && zeroKeeps && i < x.Rank ? x.Shape[i] : length)];
        int open = Array.IndexOf(shape, -1);
        if (open >= 0)
        {
            int others = OnnxTensor.Elements(shape.Where((_, i) => i != open));
            shape[open] = others == 0 ? 0 : x.Count / others;
        }

        return x.As(shape);
    }

    private static OnnxTensor Flatten(OnnxTensor x, int axis)
    {
        int first = OnnxTensor.Elements(x.Shape.Take(axis == x.Rank ? axis : Axis(axis, x.Rank)));
        return x.As([first, first == 0 ? 0 : x.Count / first]);
    }

    /// <summary>An attribute before version 13, an input since.</summary>
    private static int[] Axes(OnnxNode node, OnnxTensor?[] inputs) => inputs.ElementAtOrDefault(1)?.Whole ?? [.. node.Wholes("axes").Select(a => (int)a)];

    private static OnnxTensor Squeeze(OnnxTensor x, int[] axes)
    {
        int[] gone = [.. axes.Select(a => Axis(a, x.Rank))];
        return x.As([.. x.Shape.Where((length, i) => gone.Length == 0 ? length != 1 : !gone.Contains(i))]);
    }

    private static OnnxTensor Unsqueeze(OnnxTensor x, int[] axes)
    {
        var shape = x.Shape.ToList();
        foreach (int axis in axes.Select(a => Axis(a, x.Rank + axes.Length)).Order())
            shape.Insert(axis, 1);
        return x.As([.. shape]);
    }

    private static OnnxTensor Gather(OnnxTensor x, OnnxTensor at, int axis)
    {
        axis = Axis(axis, x.Rank);
        int[] shape = [.. x.Shape.Take(axis), .. at.Shape, .. x.Shape.Skip(axis + 1)];
        int inner = OnnxTensor.Elements(x.Shape.Skip(axis + 1)), length = x.Shape[axis];
        var places = new int[OnnxTensor.Elements(shape)];
        int[] indices = [.. at.Whole.Select(i => i >= -length && i < length ? (i + length) % length : throw ImportErrors.Damaged($"a Gather asks for {i} of {length}"))];
        for (int i = 0; i < places.Length; i++)
            places[i] = (((i / (inner * indices.Length) * length) + indices[i / inner % indices.Length]) * inner) + (i % inner);
        return Pick(x, shape, places);
    }

    private static OnnxTensor Transpose(OnnxTensor x, int[] order)
    {
        if (order.Length == 0)
            order = [.. Enumerable.Range(0, x.Rank).Reverse()];
        if (!order.Order().SequenceEqual(Enumerable.Range(0, x.Rank)))
            throw ImportErrors.Damaged($"a Transpose has the order [{string.Join(", ", order)}] for {x.Rank} axes");
        int[] shape = [.. order.Select(axis => x.Shape[axis])];
        var places = new int[x.Count];
        int block = 1;
        for (int i = shape.Length - 1; i >= 0; i--)
        {
            int stride = OnnxTensor.Elements(x.Shape.Skip(order[i] + 1));
            for (int at = 0; at < places.Length; at++)
                places[at] += at / block % shape[i] * stride;
            block *= Math.Max(1, shape[i]);
        }

        return Pick(x, shape, places);
    }
}
