using MlOps.Learning.Trainers;
using MlOps.Learning.Trainers.Boosting;

namespace MlOps.Learning.Explaining;

/// <summary>What the splits of a model's trees say of an input, in the terms of XGBoost's <c>get_score</c>; 0 of one that is never asked for.</summary>
/// <param name="Weight">How many splits ask for it.</param>
/// <param name="Gain">Mean gain of those splits, <paramref name="TotalGain"/> their sum; null where the trees keep none (<see cref="Lacks"/>).</param>
/// <param name="Cover">Mean sum of hessians in them, <paramref name="TotalCover"/> their sum; null where the trees keep none.</param>
public sealed record SplitImportance(string Feature, int Weight, double? Gain, double? Cover, double? TotalGain, double? TotalCover)
{
    /// <summary>One an input, by total gain, largest first; without gains by total cover, without both by splits.</summary>
    /// <exception cref="MlOpsException">Invalid <c>explain-unsupported</c>: the model has no trees.</exception>
    public static IReadOnlyList<SplitImportance> Of(IModel model)
    {
        TreeModel trees = TreesOf(model);
        int inputs = trees.Signature.Inputs.Count;
        (int[] weight, double[] gain, double[] cover) = (new int[inputs], new double[inputs], new double[inputs]);
        for (int i = 0; i < trees.Trees.Nodes.Length; i++)
        {
            if (trees.Trees.Nodes[i] is not { IsLeaf: false } node)
                continue;
            weight[node.Input]++;
            gain[node.Input] += trees.Trees.Gain[i];
            cover[node.Input] += trees.Trees.Cover[i];
        }

        (bool gains, bool covers) = (trees.Trees.HasGains, trees.Trees.HasCovers);
        return [.. trees.Signature.Inputs
            .Select((input, i) => new SplitImportance(
                input.Name, weight[i], Mean(gains, gain[i], weight[i]), Mean(covers, cover[i], weight[i]), gains ? gain[i] : null, covers ? cover[i] : null))
            .OrderByDescending(i => i.TotalGain ?? i.TotalCover ?? i.Weight)];
    }

    /// <summary>What the trees do not keep, in a sentence for people; null when they keep all, as XGBoost's and LightGBM's do, and our own but for splits that gained nothing.</summary>
    /// <exception cref="MlOpsException">Invalid <c>explain-unsupported</c>: the model has no trees.</exception>
    public static string? Lacks(IModel model)
    {
        TreeModel trees = TreesOf(model);
        return (trees.Trees.HasGains, trees.Trees.HasCovers) switch
        {
            (true, true) => null,
            (false, true) => "no gains, so they are empty, as where the file that a model came from (ONNX, CatBoost) keeps none; the order is by total cover",
            (true, false) => "no cover, so it is empty, as where the file that a model came from keeps none",
            _ => "no gains and no cover, so they are empty, as where the file that a model came from (ONNX) keeps neither; the order is by splits, and permutation importance measures what they lack",
        };
    }

    private static TreeModel TreesOf(IModel model) => model as TreeModel
        ?? throw ModelExplainer.Unsupported($"a model of trainer '{model.Trainer}' has no splits to count: use permutation importance, which every model has");

    private static double? Mean(bool kept, double sum, int splits) => kept ? sum / Math.Max(1, splits) : null;
}
