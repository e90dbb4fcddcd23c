namespace MlOps.Learning.Trainers;

/// <summary>From scores to probabilities, without overflow at any score.</summary>
internal static class Links
{
    public static double Sigmoid(double x)
    {
        double e = Math.Exp(-Math.Abs(x));
        return x >= 0 ? 1 / (1 + e) : e / (1 + e);
    }

    /// <summary>log(1 + e^x).</summary>
    public static double SoftPlus(double x) => Math.Max(x, 0) + Math.Log(1 + Math.Exp(-Math.Abs(x)));

    /// <summary>Turns scores into probabilities and returns the logarithm of the sum of their exponentials.</summary>
    public static double Softmax(Span<double> scores)
    {
        double most = Maximum(scores);
        double sum = 0;
        foreach (ref double score in scores)
            sum += score = Math.Exp(score - most);
        foreach (ref double score in scores)
            score /= sum;
        return most + Math.Log(sum);
    }

    /// <summary>Scores of one row to what <see cref="Predictions.Scores"/> holds.</summary>
    public static void Apply(LearningTask task, Span<double> scores)
    {
        if (task == LearningTask.Binary)
            scores[0] = Sigmoid(scores[0]);
        else if (task == LearningTask.Multiclass)
            Softmax(scores);
    }

    private static double Maximum(ReadOnlySpan<double> scores)
    {
        double most = double.NegativeInfinity;
        foreach (double score in scores)
            most = Math.Max(most, score);
        return most;
    }
}
