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

    /// <summary>The link of a task, where a model names no other.</summary>
    public static OutputLink Of(LearningTask task) => task switch
    {
        LearningTask.Binary => OutputLink.Sigmoid,
        LearningTask.Multiclass => OutputLink.Softmax,
        _ => OutputLink.Identity,
    };

    /// <inheritdoc cref="Apply(OutputLink, Span{double})"/>
    public static void Apply(LearningTask task, Span<double> scores) => Apply(Of(task), scores);

    /// <summary>Scores of one row to what <see cref="Predictions.Scores"/> holds.</summary>
    public static void Apply(OutputLink link, Span<double> scores)
    {
        if (link == OutputLink.Softmax)
        {
            Softmax(scores);
            return;
        }

        if (link == OutputLink.Identity)
            return;
        foreach (ref double score in scores)
            score = Apply(link, score);
    }

    private static double Apply(OutputLink link, double score) => link switch
    {
        OutputLink.Sigmoid => Sigmoid(score),
        OutputLink.Exponential => Math.Exp(score),
        OutputLink.SoftPlus => SoftPlus(score),
        OutputLink.SignedSquare => score * Math.Abs(score),
        OutputLink.Step => score > 0 ? 1 : 0,
        _ => score,
    };

    private static double Maximum(ReadOnlySpan<double> scores)
    {
        double most = double.NegativeInfinity;
        foreach (double score in scores)
            most = Math.Max(most, score);
        return most;
    }
}
