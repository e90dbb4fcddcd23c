using System.Globalization;
using MlOps.Domain.Rollout.Evidence.Answers;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Rollout.Evidence;

/// <summary>What single predictions of two versions were worth once their truths are known, both on the same scale.</summary>
internal sealed class RowScore(RolloutMetric metric, ModelSignature canary, ModelSignature champion)
{
    /// <summary>Both tell the same two classes: one probability says all.</summary>
    private readonly bool _isBinary = canary.Task == LearningTask.Binary && champion.Task == LearningTask.Binary && canary.Classes.ToHashSet().SetEquals(champion.Classes);

    /// <summary>Of one version alone.</summary>
    public RowScore(RolloutMetric metric, ModelSignature signature)
        : this(metric, signature, signature)
    {
    }

    /// <summary>The metric's value for the row; NaN where the metric is none of the task's, or the truth is neither of the two classes there are.</summary>
    /// <param name="signature">Of the version that answered.</param>
    public double Of(ModelSignature signature, Answer answer, string truth) => metric switch
    {
        RolloutMetric.Accuracy => signature.Task == LearningTask.Regression ? double.NaN : answer.Prediction == truth ? 1 : 0,
        RolloutMetric.BrierScore => signature.Task == LearningTask.Regression ? double.NaN : Brier(signature, answer.Scores, truth),
        RolloutMetric.AbsoluteError => Math.Abs(Error(signature, answer, truth)),
        _ => Math.Pow(Error(signature, answer, truth), 2),
    };

    /// <summary>How much worse a value is than another of the metric.</summary>
    public static double Worse(RolloutMetric metric, double canary, double champion) => metric is RolloutMetric.Accuracy or RolloutMetric.Reward ? champion - canary : canary - champion;

    private static double Error(ModelSignature signature, Answer answer, string truth) => signature.Task == LearningTask.Regression
        ? answer.Scores[0] - double.Parse(truth, CultureInfo.InvariantCulture)
        : double.NaN;

    /// <summary>
    /// Of two classes the square of the positive one's error; else, and where the versions' classes differ, the sum over all classes (Brier 1950), which
    /// of two classes is twice as much. A class that the version does not know had the probability 0.
    /// </summary>
    private double Brier(ModelSignature signature, IReadOnlyList<double> scores, string truth)
    {
        int right = signature.Classes.ToList().IndexOf(truth);
        if (_isBinary)
            return right < 0 ? double.NaN : Math.Pow(scores[0] - right, 2);
        IEnumerable<double> all = signature.Task == LearningTask.Binary ? [1 - scores[0], scores[0]] : scores;
        return all.Select((score, k) => Math.Pow(score - (k == right ? 1 : 0), 2)).Sum() + (right < 0 ? 1 : 0);
    }
}
