using MlOps.Learning.Encoders;

namespace MlOps.Learning.Trainers.Baseline;

/// <summary>The score that is best for all rows alike, in the shape of <see cref="Predictions.Scores"/>.</summary>
internal static class ConstantAnswer
{
    /// <param name="median">Of numbers: the median instead of the mean.</param>
    public static double[] Of(TrainingSet set, bool median) => set.Signature.Task switch
    {
        LearningTask.Multiclass => Shares(set),
        _ when median => [WeightedQuantile.Of([.. set.Target], set.Weights?.ToArray(), 0.5)],
        _ => [WeightedMean.Of(set.Target, set.Weights)],
    };

    private static double[] Shares(TrainingSet set)
    {
        var sums = new double[set.Signature.Classes.Count];
        for (int row = 0; row < set.Target.Length; row++)
            sums[(int)set.Target[row]] += set.Weights?[row] ?? 1;
        double total = sums.Sum();
        return [.. sums.Select(s => s / total)];
    }
}
