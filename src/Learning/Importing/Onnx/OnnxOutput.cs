using System.Globalization;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Importing.Onnx;

/// <summary>Which output has the scores, what they are, and what their classes are called.</summary>
/// <param name="Value">Its name.</param>
/// <param name="Classes">Empty where the file does not name them.</param>
/// <param name="Classifies">Whether it is known to be probabilities.</param>
internal sealed record OnnxOutput(string Value, IReadOnlyList<string> Classes, bool Classifies)
{
    /// <summary>Whether they are known to be sums, which only happen to be between 0 and 1.</summary>
    public bool Margins { get; init; }

    public static OnnxOutput Of(OnnxGraph graph)
    {
        OnnxValue[] scores = [.. graph.Outputs.Where(o => o.Type is null or OnnxType.Single or OnnxType.Double)];
        if (scores.Length == 0)
            throw ImportErrors.Unsupported($"none of its outputs ({string.Join(", ", graph.Outputs.Select(o => $"'{o.Name}'"))}) has scores, only labels: export it with probabilities");
        OnnxValue chosen = scores.FirstOrDefault(o => o.Type is null) ?? scores.FirstOrDefault(o => o.Name.Contains("prob", StringComparison.OrdinalIgnoreCase)) ?? scores[0];
        OnnxNode? last = Last(graph, chosen.Name, out IReadOnlyList<string> classes);
        if (classes.Count == 0)
            classes = Named(graph);
        bool labels = graph.Outputs.Any(o => o.Type is OnnxType.Text or OnnxType.Int64 or OnnxType.Int32);
        return new OnnxOutput(chosen.Name, classes, labels || chosen.Type is null || last?.Operator is "Softmax" or "Sigmoid" or "Normalizer" or "TreeEnsembleClassifier" or "LinearClassifier")
        {
            Margins = last?.Operator == "LinearClassifier" && last.Text("post_transform", "NONE") == "NONE",
        };
    }

    /// <param name="columns">Of the scores.</param>
    public LearningTask Task(int columns) => (Classifies, columns) switch
    {
        (true, 1 or 2) => LearningTask.Binary,
        (true, _) => LearningTask.Multiclass,
        (false, 1) => LearningTask.Regression,
        _ => throw ImportErrors.Unsupported($"its output '{Value}' has {columns} columns that are not known to be probabilities: end the graph in Softmax, or train a model for each target"),
    };

    /// <summary>Names that a label is picked from by its place.</summary>
    private static IReadOnlyList<string> Named(OnnxGraph graph)
    {
        foreach (OnnxNode node in graph.Nodes.Where(n => n.Operator is "Gather" or "ArrayFeatureExtractor" && n.Inputs.Count > 0 && n.Outputs.Any(name => graph.Outputs.Any(o => o.Name == name))))
        {
            if (graph.Constants.TryGetValue(node.Inputs[0], out OnnxTensor? names) && names.Count > 1)
                return names.Type == OnnxType.Text ? names.Texts : [.. names.Numbers.Select(n => n.ToString("R", CultureInfo.InvariantCulture))];
        }

        return [];
    }

    /// <summary>The node that makes the scores, behind those that only carry them on; the names of the classes on the way.</summary>
    private static OnnxNode? Last(OnnxGraph graph, string value, out IReadOnlyList<string> classes)
    {
        classes = [];
        for (int i = graph.Nodes.Count - 1; i >= 0; i--)
        {
            OnnxNode node = graph.Nodes[i];
            if (!node.Outputs.Contains(value))
                continue;
            IReadOnlyList<string> named = node.Operator switch
            {
                "ZipMap" or "TreeEnsembleClassifier" => OnnxSums.Labels(node, "classlabels_int64s"),
                "LinearClassifier" => OnnxSums.Labels(node, "classlabels_ints"),
                _ => [],
            };
            classes = named.Count > 0 ? named : classes;
            if (node.Operator is not ("ZipMap" or "Identity" or "Cast" or "Reshape" or "Flatten" or "Squeeze" or "Normalizer") || node.Inputs.Count == 0)
                return node;
            if (node.Operator == "Normalizer" && named.Count == 0 && classes.Count > 0)
                return node;
            value = node.Inputs[0];
        }

        return null;
    }
}
