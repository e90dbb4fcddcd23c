using MlOps.Learning.Encoders;

namespace MlOps.Learning.Trainers.Baseline;

/// <summary>The score that is best for all rows alike, in the shape of <see cref="Predictions.Scores"/>.</summary>
internal static class ConstantAnswer
{
    /// <param name="median">Of numbers: the median instead of the mean.</param>
    public static double[] Of(TrainingSet set, bool median) => set.Signature.Task switch
    {
        LearningTask.Multiclass => Shares(set),
        _ when median => [Median(set.Target, set.Weights)],
        _ => [Mean(set.Target, set.Weights)],
    };

    private static double[] Shares(TrainingSet set)
    {
        var sums = new double[set.Signature.Classes.Count];
        for (int row = 0; row < set.Target.Length; row++)
            sums[(int)set.Target[row]] += set.Weights?[row] ?? 1;
        double total = sums.Sum();
        return [.. sums.Select(s => s / total)];
    }

    private static double Mean(double[] target, double[]? weights)
    {
        if (weights is null)
            return target.Average();
        double sum = 0;
        for (int row = 0; row < target.Length; row++)
            sum += weights[row] * target[row];
        return sum / weights.Sum();
    }

    /// <summary>The lowest value with at least half of the weight at or below it; halfway to the next where it is exactly half.</summary>
    private static double Median(double[] target, double[]? weights)
    {
        double[] values = [.. target];
        double[] counts = weights is null ? Ones(values.Length) : [.. weights];
        Array.Sort(values, counts);
        double half = counts.Sum() / 2, below = 0;
        int at = 0;
        while (below + counts[at] < half)
            below += counts[at++];
        if (below + counts[at] > half)
            return values[at];
        int next = Array.FindIndex(counts, at + 1, c => c > 0);
        return next < 0 ? values[at] : (values[at] / 2) + (values[next] / 2);
    }

    private static double[] Ones(int count)
    {
        var ones = new double[count];
        Array.Fill(ones, 1);
        return ones;
    }
}
