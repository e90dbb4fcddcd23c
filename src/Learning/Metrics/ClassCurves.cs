using MlOps.Learning.Trainers;

namespace MlOps.Learning.Metrics;

/// <summary>Rates among the rows that score at least <paramref name="Threshold"/>; null: no row does.</summary>
public sealed record RocPoint(double? Threshold, double FalsePositiveRate, double TruePositiveRate);

/// <summary>Precision and recall of the rows that score at least <paramref name="Threshold"/>; null: no row does, recall 0 and precision 1.</summary>
public sealed record PrecisionRecallPoint(double? Threshold, double Recall, double Precision);

/// <summary>A step of the gain table: the rows of the highest scores, up to a share of all.</summary>
/// <param name="Share">Of the rows, from the highest score; 0.1, 0.2 to 1.</param>
/// <param name="Threshold">The lowest score among them.</param>
/// <param name="Rate">Share of positive rows among those that this step adds.</param>
/// <param name="Gain">Share of all positive rows that are among them.</param>
/// <param name="Lift">Gain over share: how many times as many as among rows chosen at random.</param>
public sealed record GainStep(double Share, double Threshold, double Rate, double Gain, double Lift);

/// <summary>The curves of one class against the rest, from the highest threshold to the lowest. Empty where the truth lacks the class or has no other.</summary>
public sealed record ClassCurves(string Class, IReadOnlyList<RocPoint> Roc, IReadOnlyList<PrecisionRecallPoint> PrecisionRecall, IReadOnlyList<GainStep> Gains)
{
    /// <summary>Thinning moves the area under a curve (the trapezoids of ROC, the steps of precision and recall) by no more than this.</summary>
    public const double AreaBound = 5e-4;

    /// <summary>Of one class against the others, for tasks of at most this many classes.</summary>
    public const int MaxClasses = 50;

    /// <summary>Binary: of the positive class. Multiclass: of every class, or none of more than <see cref="MaxClasses"/>. Scores must not be NaN.</summary>
    public static IReadOnlyList<ClassCurves> Of(ScoredRows rows) => rows.Task switch
    {
        LearningTask.Binary => [Of(rows, 1, rows.Ranking)],
        LearningTask.Multiclass when rows.Classes.Count <= MaxClasses => OfEach(rows),
        _ => [],
    };

    private static ClassCurves[] OfEach(ScoredRows rows)
    {
        var ranking = new MulticlassRanking(rows, keep: false);
        return [.. rows.Classes.Select((_, k) => Of(rows, k, ranking.RankingOf(k)))];
    }

    private static ClassCurves Of(ScoredRows rows, int k, Ranking ranking)
    {
        bool[] positive = [.. ranking.Order.Select(row => rows.Labels[row] == k)];
        var steps = ThresholdStep.All(ranking, positive, rows.Weights.Take(ranking.Order).Values);
        ThresholdStep last = steps[^1];
        return last.Positives == 0 || last.Negatives == 0
            ? new(rows.Classes[k], [], [], [])
            : new(rows.Classes[k], CurveThinning.Roc(steps), CurveThinning.PrecisionRecall(steps), GainTable.Of(steps));
    }
}
