using MlOps.Learning.Trainers;
using MlOps.Learning.Trainers.Boosting;

namespace MlOps.Learning.Explaining;

/// <summary>What the splits of a model's trees say of an input, in the terms of XGBoost's <c>get_score</c>; 0 of one that is never asked for.</summary>
/// <param name="Weight">How many splits ask for it.</param>
/// <param name="Gain">Mean gain of those splits, <paramref name="TotalGain"/> their sum.</param>
/// <param name="Cover">Mean sum of hessians in them, <paramref name="TotalCover"/> their sum.</param>
public sealed record SplitImportance(string Feature, int Weight, double Gain, double Cover, double TotalGain, double TotalCover)
{
    /// <summary>One an input, by total gain, largest first.</summary>
    /// <exception cref="MlOpsException">Invalid <c>explain-unsupported</c>: the model has no trees.</exception>
    public static IReadOnlyList<SplitImportance> Of(IModel model)
    {
        if (model is not TreeModel trees)
            throw ModelExplainer.Unsupported($"a model of trainer '{model.Trainer}' has no splits to count: use permutation importance, which every model has");
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

        return [.. trees.Signature.Inputs
            .Select((input, i) => new SplitImportance(input.Name, weight[i], gain[i] / Math.Max(1, weight[i]), cover[i] / Math.Max(1, weight[i]), gain[i], cover[i]))
            .OrderByDescending(i => i.TotalGain)];
    }
}
