namespace MlOps.Learning.Trainers;

internal static class Shares
{
    /// <summary>Importance per input, summing to 1, largest first; all zero when nothing was learnt.</summary>
    public static IReadOnlyList<FeatureImportance> Of(ModelSignature signature, double[] weights)
    {
        double total = weights.Sum();
        return
        [
            .. signature.Inputs
                .Select((input, i) => new FeatureImportance(input.Name, total > 0 ? weights[i] / total : 0))
                .OrderByDescending(f => f.Share),
        ];
    }
}
