using MlOps.Learning.Trainers.Boosting;
using static MlOps.Learning.Importing.Onnx.Kernels.Arithmetic;

namespace MlOps.Learning.Importing.Onnx.Kernels;

/// <summary>Trees and linear models amid a graph. A classifier answers the place of its label, which only a graph's outputs tell, and the scores.</summary>
internal static class ModelOperators
{
    public static IEnumerable<KeyValuePair<string, OnnxOperator>> All { get; } =
    [
        Model("TreeEnsembleClassifier"), Model("TreeEnsembleRegressor"), Model("LinearClassifier"), Model("LinearRegressor"),
    ];

    /// <summary>What a node adds up, once the width of its input is known.</summary>
    public static OnnxSums Sums(OnnxNode node, bool single, int inputs) =>
        node.Operator.StartsWith("Tree", StringComparison.Ordinal) ? OnnxTrees.Read(node, single, inputs) : OnnxWeights.Read(node, inputs);

    private static KeyValuePair<string, OnnxOperator> Model(string name) => new("ai.onnx.ml." + name, (node, _) =>
    {
        (OnnxSums Sums, TreeScorer? Trees, int Inputs)? ready = null;
        var gate = new Lock();
        return inputs =>
        {
            OnnxTensor x = In(inputs, 0);
            int width = x.Rank == 1 ? x.Count : x.Width;
            lock (gate)
            {
                if (ready is null || ready.Value.Inputs != width)
                {
                    OnnxSums sums = Sums(node, x.Type != OnnxType.Double, width);
                    ready = (sums, sums.Trees is { } trees ? new TreeScorer(trees, width) : null, width);
                }
            }

            return Run(ready.Value.Sums, ready.Value.Trees, Broadcast.Numeric(x), width);
        };
    });

    private static OnnxTensor[] Run(OnnxSums sums, TreeScorer? trees, double[] rows, int width)
    {
        int count = width == 0 ? 0 : rows.Length / width;
        var all = new double[OnnxTensor.Elements([count, sums.Outputs])];
        trees?.Score(rows, all);
        for (int row = 0; trees is null && row < count; row++)
            sums.Linear!.Sums(rows.AsSpan(row * width, width), all.AsSpan(row * sums.Outputs, sums.Outputs));
        double[][] scores = [.. Enumerable.Range(0, count).Select(row => sums.Scores(all.AsSpan(row * sums.Outputs, sums.Outputs)))];
        int columns = scores.Length == 0 ? 0 : scores[0].Length;
        OnnxTensor scored = OnnxTensor.Rounded(OnnxType.Single, [count, columns], [.. scores.SelectMany(s => s)]);
        return sums.Classes.Count == 0 ? [scored] : [new OnnxTensor(OnnxType.Int64, [count], [.. scores.Select(s => (double)Array.IndexOf(s, s.Max()))]), scored];
    }
}
