namespace MlOps.Learning.Trainers;

/// <summary>The mean of values that count as their weights say.</summary>
internal static class WeightedMean
{
    /// <param name="values">At least one.</param>
    /// <param name="weights">One a value, their sum above 0; null: all alike.</param>
    public static double Of(double[] values, double[]? weights)
    {
        if (weights is null)
            return values.Average();
        double sum = 0;
        for (int i = 0; i < values.Length; i++)
            sum += weights[i] * values[i];
        return sum / weights.Sum();
    }
}
