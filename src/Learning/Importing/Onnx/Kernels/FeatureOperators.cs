using System.Globalization;
using static MlOps.Learning.Importing.Onnx.Kernels.Arithmetic;

namespace MlOps.Learning.Importing.Onnx.Kernels;

/// <summary>What ai.onnx.ml has to make features; the meaning of each is from its document and reference implementation.</summary>
internal static class FeatureOperators
{
    private const string Domain = "ai.onnx.ml.";

    /// <summary>Below it a norm counts as none.</summary>
    private const double LeastNorm = 1e-30;

    public static IEnumerable<KeyValuePair<string, OnnxOperator>> All { get; } =
    [
        new(Domain + "Scaler", (node, _) => Scaler([.. node.Numbers("offset")], [.. node.Numbers("scale")])),
        new(Domain + "Normalizer", (node, _) => inputs => [Normalise(In(inputs, 0), node.Text("norm", "MAX"))]),
        new(Domain + "Imputer", (node, _) => Imputer(node)),
        new(Domain + "Binarizer", (node, _) => inputs => [new OnnxTensor(In(inputs, 0).Type, In(inputs, 0).Shape, [.. Broadcast.Numeric(In(inputs, 0)).Select(x => x > node.Number("threshold", 0) ? 1.0 : 0)])]),
        new(Domain + "OneHotEncoder", (node, _) => OneHot(node)),
        new(Domain + "LabelEncoder", (node, _) => Labels(node)),
        new(Domain + "ArrayFeatureExtractor", (_, _) => inputs => [Extract(In(inputs, 0), In(inputs, 1).Whole)]),
        new(Domain + "FeatureVectorizer", (_, _) => inputs => [Vectorise([.. inputs.Select((_, i) => In(inputs, i))])]),
    ];

    /// <summary>Texts that the encoders of a node tell apart.</summary>
    public static IReadOnlyList<string> Categories(OnnxNode node) => node.ToString() switch
    {
        Domain + "OneHotEncoder" => node.Texts("cats_strings"),
        Domain + "LabelEncoder" => node.Texts("keys_strings"),
        _ => [],
    };

    private static string Key(double number) => number.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>The elements as texts, by which encoders look them up.</summary>
    private static IEnumerable<string> Keys(OnnxTensor x) => x.Type == OnnxType.Text ? x.Texts : x.Numbers.Select(Key);

    private static OnnxKernel Scaler(double[] offset, double[] scale) => inputs =>
    {
        OnnxTensor x = In(inputs, 0);
        int columns = Math.Max(1, x.Width);
        if ((offset.Length != 1 && offset.Length != columns) || (scale.Length != 1 && scale.Length != columns))
            throw ImportErrors.Damaged($"a Scaler has {offset.Length} offsets and {scale.Length} scales for {columns} columns");
        return [OnnxTensor.Rounded(OnnxType.Single, x.Shape, [.. Broadcast.Numeric(x).Select((value, i) => (value - offset[i % columns % offset.Length]) * scale[i % columns % scale.Length])])];
    };

    private static OnnxTensor Normalise(OnnxTensor x, string norm)
    {
        double[] values = [.. Broadcast.Numeric(x)];
        int width = Math.Max(1, x.Width);
        for (int at = 0; at + width <= values.Length; at += width)
        {
            double[] row = values[at..(at + width)];
            double length = norm switch
            {
                "L1" => row.Sum(Math.Abs),
                "L2" => Math.Sqrt(row.Sum(v => v * v)),
                "MAX" => row.Max(Math.Abs),
                _ => throw ImportErrors.Unsupported($"the norm '{norm}' is not known"),
            };
            for (int i = 0; i < width; i++)
                values[at + i] = row[i] / Math.Max(length, LeastNorm);
        }

        return OnnxTensor.Rounded(OnnxType.Single, x.Shape, values);
    }

    private static OnnxKernel Imputer(OnnxNode node)
    {
        bool single = node.Numbers("imputed_value_floats").Count > 0;
        double[] by = single ? [.. node.Numbers("imputed_value_floats")] : [.. node.Wholes("imputed_value_int64s").Select(w => (double)w)];
        double replaced = single ? node.Number("replaced_value_float", 0) : node.Whole("replaced_value_int64", 0);
        return inputs =>
        {
            OnnxTensor x = In(inputs, 0);
            int columns = Math.Max(1, x.Width);
            if (by.Length != 1 && by.Length != columns)
                throw ImportErrors.Damaged($"an Imputer has {by.Length} values for {columns} columns");
            return [new OnnxTensor(x.Type, x.Shape, [.. Broadcast.Numeric(x).Select((v, i) => v.Equals(replaced) || v == replaced ? by[i % columns % by.Length] : v)])];
        };
    }

    private static OnnxKernel OneHot(OnnxNode node)
    {
        string[] categories = node.Texts("cats_strings") is { Count: > 0 } texts ? [.. texts] : [.. node.Wholes("cats_int64s").Select(w => Key(w))];
        Dictionary<string, int> place = Index(categories);
        bool zeros = node.Whole("zeros", 1) != 0;
        return inputs =>
        {
            OnnxTensor x = In(inputs, 0);
            int[] shape = [.. x.Shape, categories.Length];
            var hot = new double[OnnxTensor.Elements(shape)];
            int at = 0;
            foreach (string key in Keys(x))
            {
                if (place.TryGetValue(key, out int category))
                    hot[at + category] = 1;
                else if (!zeros)
                    throw MlOpsException.Invalid("model-input", $"'{key}' is no category of a OneHotEncoder that takes no others: {string.Join(", ", categories.Take(20))}");
                at += categories.Length;
            }

            return [new OnnxTensor(OnnxType.Single, shape, hot)];
        };
    }

    private static OnnxKernel Labels(OnnxNode node)
    {
        string[] keys = node.Texts("keys_strings") is { Count: > 0 } texts ? [.. texts]
            : node.Wholes("keys_int64s") is { Count: > 0 } wholes ? [.. wholes.Select(w => Key(w))]
            : [.. node.Numbers("keys_floats").Select(Key)];
        Dictionary<string, int> place = Index(keys);
        if (node.Texts("values_strings") is { Count: > 0 } names)
            return inputs => [new OnnxTensor(In(inputs, 0).Shape, [.. Keys(In(inputs, 0)).Select(k => place.TryGetValue(k, out int i) && i < names.Count ? names[i] : node.Text("default_string", "_Unused"))])];
        bool single = node.Numbers("values_floats").Count > 0;
        double[] values = single ? [.. node.Numbers("values_floats")] : [.. node.Wholes("values_int64s").Select(w => (double)w)];
        double otherwise = single ? node.Number("default_float", -0.0) : node.Whole("default_int64", -1);
        if (values.Length != keys.Length || keys.Length == 0)
            throw ImportErrors.Unsupported($"a LabelEncoder has {keys.Length} keys and {values.Length} values: it is known with lists of both (ai.onnx.ml 2 and 3)");
        return inputs => [new OnnxTensor(single ? OnnxType.Single : OnnxType.Int64, In(inputs, 0).Shape, [.. Keys(In(inputs, 0)).Select(k => place.TryGetValue(k, out int i) ? values[i] : otherwise)])];
    }

    private static Dictionary<string, int> Index(string[] keys)
    {
        var index = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < keys.Length; i++)
            index.TryAdd(keys[i], i);
        return index;
    }

    /// <summary>Columns of the last axis; of a vector, a row of them.</summary>
    private static OnnxTensor Extract(OnnxTensor x, int[] columns)
    {
        int width = x.Rank == 0 ? 1 : x.Shape[^1];
        if (columns.Any(c => (uint)c >= width))
            throw ImportErrors.Damaged($"an ArrayFeatureExtractor asks for a column outside of {width}");
        int rows = width == 0 ? 0 : x.Count / width;
        int[] shape = x.Rank < 2 ? [1, columns.Length] : [.. x.Shape[..^1], columns.Length];
        var places = new int[OnnxTensor.Elements([rows, columns.Length])];
        for (int i = 0; i < places.Length; i++)
            places[i] = (i / columns.Length * width) + columns[i % columns.Length];
        return ShapeOperators.Pick(x, shape, places);
    }

    private static OnnxTensor Vectorise(OnnxTensor[] parts) =>
        ShapeOperators.Cast(ShapeOperators.Concat([.. parts.Select(p => ShapeOperators.Cast(p.Rank == 1 ? p.As([p.Count, 1]) : p, OnnxType.Single))], 1), OnnxType.Single);
}
