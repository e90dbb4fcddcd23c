using MlOps.Learning.Importing.Onnx.Kernels;
using MlOps.Learning.Trainers;
using MlOps.Learning.Trainers.Boosting;
using MlOps.Learning.Trainers.Linear;

namespace MlOps.Learning.Importing.Onnx;

/// <summary>
/// Graphs that are trees or a linear model on numbers and nothing else (but a Scaler before weights), as our own models, which score faster and can be
/// explained.
/// </summary>
internal static class OnnxNative
{
    /// <returns>Null where the graph is more.</returns>
    public static IModel? TryMake(OnnxGraph graph, OnnxProgram program, ModelSignature signature)
    {
        OnnxNode[] models = [.. program.Nodes.Where(n => n.Domain == "ai.onnx.ml" && n.Operator is "TreeEnsembleClassifier" or "TreeEnsembleRegressor" or "LinearClassifier" or "LinearRegressor")];
        if (models.Length != 1 || signature.Inputs.Any(i => i.Levels is not null) || !graph.Inputs.All(i => i.Type is OnnxType.Single or OnnxType.Double))
            return null;
        (OnnxNode? scaler, bool plain) = Before(graph, program, models[0]);
        OnnxSums sums = ModelOperators.Sums(models[0], true, signature.Inputs.Count);
        if (!plain || !After(program, models[0], sums) || Shape(sums, signature.Task) is not ({ } link, { } fold))
            return null;
        return sums.Trees is null
            ? Linear(signature, sums, scaler, link, fold)
            : scaler is null ? Trees(signature, OnnxTrees.Read(models[0], IsSingle(graph, models[0]), signature.Inputs.Count, fold), link) : null;
    }

    /// <summary>Two sums of numbers of 64 bits are compared as such; a Cast or a Scaler rounds them.</summary>
    private static bool IsSingle(OnnxGraph graph, OnnxNode model) => graph.Inputs.FirstOrDefault(i => i.Name == model.Inputs[0])?.Type != OnnxType.Double;

    private static TreeModel Trees(ModelSignature signature, OnnxSums sums, OutputLink link) =>
        new(Header(TreeModelFormat.Name, signature, link), sums.Trees!);

    private static LinearModel Linear(ModelSignature signature, OnnxSums sums, OnnxNode? scaler, OutputLink link, OnnxFold fold)
    {
        int inputs = signature.Inputs.Count;
        LinearEncoding encoding = LinearEncoding.Plain(inputs, missingIsNaN: true);
        if (scaler is not null)
        {
            IReadOnlyList<double> offset = scaler.Numbers("offset"), scale = scaler.Numbers("scale");
            for (int i = 0; i < inputs; i++)
                (encoding.Mean[i], encoding.InverseDeviation[i]) = (offset[i % offset.Count], scale[i % scale.Count]);
        }

        OnnxWeights weights = Fold(sums.Linear!, fold);
        return new LinearModel(Header(LinearModelFormat.Name, signature, link), new LinearWeights(encoding, weights.Weights, weights.Intercepts));
    }

    private static OnnxWeights Fold(OnnxWeights weights, OnnxFold fold) => fold switch
    {
        OnnxFold.None => weights,
        OnnxFold.Second => new([.. weights.Weights.Where((_, i) => i % 2 == 1)], [weights.Intercepts[1]]),
        _ => new([.. weights.Weights.Chunk(2).Select(w => w[1] - w[0])], [weights.Intercepts[1] - weights.Intercepts[0]]),
    };

    private static ModelHeader Header(string kind, ModelSignature signature, OutputLink link) =>
        new(kind, "onnx", signature, new Dictionary<string, double>(), new Dictionary<string, double>(), []) { Link = link };

    /// <summary>The link that is the transformation, and what is made of two sums; null where no link of ours is.</summary>
    private static (OutputLink?, OnnxFold?) Shape(OnnxSums sums, LearningTask task) => (task, sums.Post, sums.One, sums.Outputs) switch
    {
        (LearningTask.Regression, "NONE", _, 1) => (OutputLink.Identity, OnnxFold.None),
        (LearningTask.Regression, "LOGISTIC", _, 1) => (OutputLink.Sigmoid, OnnxFold.None),
        (LearningTask.Binary, "LOGISTIC", true, _) => (OutputLink.Sigmoid, OnnxFold.None),
        (LearningTask.Binary, "LOGISTIC", false, 2) => (OutputLink.Sigmoid, OnnxFold.Second),
        (LearningTask.Binary, "SOFTMAX", false, 2) => (OutputLink.Sigmoid, OnnxFold.Difference),
        (LearningTask.Binary, "NONE", true, _) when sums.Trees is not null => (OutputLink.Identity, OnnxFold.None),
        (LearningTask.Binary, "NONE", false, 2) when sums.Trees is not null => (OutputLink.Identity, OnnxFold.Second),
        (LearningTask.Multiclass, "NONE", false, _) when sums.Trees is not null => (OutputLink.Identity, OnnxFold.None),
        (LearningTask.Multiclass, "SOFTMAX", false, _) => (OutputLink.Softmax, OnnxFold.None),
        (LearningTask.Multiclass, "LOGISTIC", false, _) => (OutputLink.Sigmoid, OnnxFold.None),
        _ => (null, null),
    };

    /// <summary>Whether all inputs come to the model in their order and as they are, but for a Scaler.</summary>
    private static (OnnxNode? Scaler, bool Plain) Before(OnnxGraph graph, OnnxProgram program, OnnxNode model)
    {
        string value = model.Inputs[0];
        OnnxNode? scaler = null;
        int steps = 0;
        while (graph.Inputs.All(i => i.Name != value) && program.Nodes.FirstOrDefault(n => n.Outputs.Contains(value)) is { } node)
        {
            steps++;
            if (node.Operator is "Concat" or "FeatureVectorizer")
                return (scaler, node.Inputs.SequenceEqual(graph.Inputs.Select(i => i.Name)) && steps + After(program, model).Count + 1 == program.Nodes.Count);
            if (node.Operator == "Scaler" && scaler is null)
                scaler = node;
            else if (node.Operator != "Identity" && !(node.Operator == "Cast" && node.Whole("to", 0) == 1))
                return (null, false);
            value = node.Inputs[0];
        }

        return (scaler, graph.Inputs.Count == 1 && graph.Inputs[0].Name == value && steps + After(program, model).Count + 1 == program.Nodes.Count);
    }

    /// <summary>Nodes that only carry the scores on, and one that makes what adds up to 1 add up to 1.</summary>
    private static bool After(OnnxProgram program, OnnxNode model, OnnxSums sums) => After(program, model).TrueForAll(n =>
        n.Operator is "Identity" or "Cast" or "ZipMap" or "Reshape" or "Flatten" or "Squeeze" || (n.Operator == "Normalizer" && n.Text("norm", "") == "L1" && AddsUp(sums)));

    private static List<OnnxNode> After(OnnxProgram program, OnnxNode model)
    {
        var after = new List<OnnxNode>();
        var reached = new HashSet<string>(model.Outputs, StringComparer.Ordinal);
        foreach (OnnxNode node in program.Nodes.Where(n => n.Inputs.Any(reached.Contains)))
        {
            reached.UnionWith(node.Outputs);
            after.Add(node);
        }

        return after;
    }

    private static bool AddsUp(OnnxSums sums) => sums.Post == "SOFTMAX"
        || (sums.Post == "LOGISTIC" && (sums.One || (sums.Linear is { Intercepts: [var a, var b] } linear && a == -b && linear.Weights.Chunk(2).All(w => w[0] == -w[1]))));
}
