using MlOps.Learning.Trainers;
using MlOps.Learning.Trainers.Linear;

namespace MlOps.Learning.Exporting.Onnx;

/// <summary>A linear model as the encoding of its inputs, column by column in their order, and one product.</summary>
internal static class OnnxLinearOut
{
    /// <returns>The name of the sums, [rows, outputs].</returns>
    public static string Sums(OnnxBuilder graph, IReadOnlyList<string> inputs, ModelSignature signature, LinearWeights fitted)
    {
        var parts = new SortedDictionary<int, string>();
        for (int i = 0; i < inputs.Count; i++)
        {
            if (fitted.Encoding.LevelColumn[i] >= 0)
                AddLevels(graph, parts, inputs[i], signature.Inputs[i].Levels!, fitted.Encoding.LevelColumn[i], fitted.Encoding.MissingColumn[i]);
            else
                AddNumber(graph, parts, inputs[i], fitted.Encoding, i);
        }

        int outputs = fitted.Intercepts.Length;
        string intercepts = graph.Constant("intercepts", fitted.Intercepts.Select(v => (float)v), outputs);
        if (parts.Count == 0)
            throw ModelExporter.Unsupported("the model has no weights: its answer is the same for every row");
        string columns = parts.Count == 1 ? parts.First().Value : graph.Node("Concat", "columns", parts.Values, OnnxBuilder.Whole("axis", 1));
        string weights = graph.Constant("weights", fitted.Weights.Select(v => (float)v), fitted.Encoding.Columns, outputs);
        return graph.Node("Add", "sums", [graph.Node("MatMul", "product", [columns, weights]), intercepts]);
    }

    /// <summary>The deviation from the mean in standard deviations, 0 where it is missing, and whether it is.</summary>
    private static void AddNumber(OnnxBuilder graph, SortedDictionary<int, string> parts, string input, LinearEncoding encoding, int index)
    {
        if (encoding.ValueColumn[index] < 0 && encoding.MissingColumn[index] < 0)
            return;
        string missing = graph.Node("IsNaN", $"{input}_missing", [input]);
        if (encoding.ValueColumn[index] >= 0)
        {
            string mean = graph.Constant($"{input}_mean", [(float)encoding.Mean[index]], 1, 1), inverse = graph.Constant($"{input}_inverse", [(float)encoding.InverseDeviation[index]], 1, 1);
            string full = encoding.KeepsNaN(index) ? input : graph.Node("Where", $"{input}_full", [missing, mean, input]);
            parts[encoding.ValueColumn[index]] = graph.Node("Mul", $"{input}_scaled", [graph.Node("Sub", $"{input}_centred", [full, mean]), inverse]);
        }

        if (encoding.MissingColumn[index] >= 0 && !encoding.KeepsNaN(index))
            parts[encoding.MissingColumn[index]] = graph.Node("Cast", $"{input}_indicator", [missing], OnnxBuilder.Whole("to", OnnxBuilder.Single));
    }

    private static void AddLevels(OnnxBuilder graph, SortedDictionary<int, string> parts, string input, IReadOnlyList<string> levels, int column, int missingColumn)
    {
        string hot = graph.Feature("OneHotEncoder", $"{input}_levels", [input], OnnxBuilder.Texts("cats_strings", levels), OnnxBuilder.Whole("zeros", 1));
        graph.Declare(hot, OnnxBuilder.Single, -1, 1, levels.Count);
        string shape = graph.Constant($"{input}_shape", [-1L, levels.Count], 2);
        string flat = graph.Node("Reshape", $"{input}_hot", [hot, shape]);
        parts[column] = flat;
        if (missingColumn < 0)
            return;
        string known = graph.Node("ReduceMax", $"{input}_known", [flat], OnnxBuilder.Wholes("axes", [1]), OnnxBuilder.Whole("keepdims", 1));
        parts[missingColumn] = graph.Node("Sub", $"{input}_unknown", [graph.Constant($"{input}_one", [1f], 1, 1), known]);
    }
}
