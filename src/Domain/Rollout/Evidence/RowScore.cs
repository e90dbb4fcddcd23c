using System.Globalization;
using MlOps.Domain.Rollout.Evidence.Answers;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Rollout.Evidence;

/// <summary>What one prediction was worth once its truth is known.</summary>
internal static class RowScore
{
    /// <summary>The metric's value for the row; NaN where the metric is none of the task's, or the truth is no class the version knows.</summary>
    public static double Of(RolloutMetric metric, ModelSignature signature, Answer answer, string truth) => metric switch
    {
        RolloutMetric.Accuracy => signature.Task == LearningTask.Regression ? double.NaN : answer.Prediction == truth ? 1 : 0,
        RolloutMetric.BrierScore => signature.Task == LearningTask.Regression ? double.NaN : Brier(signature, answer.Scores, truth),
        RolloutMetric.AbsoluteError => Math.Abs(Error(signature, answer, truth)),
        _ => Math.Pow(Error(signature, answer, truth), 2),
    };

    /// <summary>How much worse a value is than another of the metric.</summary>
    public static double Worse(RolloutMetric metric, double canary, double champion) => metric == RolloutMetric.Accuracy ? champion - canary : canary - champion;

    private static double Error(ModelSignature signature, Answer answer, string truth) => signature.Task == LearningTask.Regression
        ? answer.Scores[0] - double.Parse(truth, CultureInfo.InvariantCulture)
        : double.NaN;

    /// <summary>Of two classes the square of the positive one's error, of more the sum over all classes (Brier 1950); a class that the version does not know had the probability 0.</summary>
    private static double Brier(ModelSignature signature, IReadOnlyList<double> scores, string truth)
    {
        int right = signature.Classes.ToList().IndexOf(truth);
        if (right < 0 && scores.Count == 1)
            return double.NaN;
        return scores.Count == 1
            ? Math.Pow(scores[0] - right, 2)
            : scores.Select((score, k) => Math.Pow(score - (k == right ? 1 : 0), 2)).Sum() + (right < 0 ? 1 : 0);
    }
}
