using MlOps.Learning.Trainers;

namespace MlOps.Learning.Metrics;

/// <summary>One metric: its name in files and reports, the tasks it is defined for, and which direction is better.</summary>
/// <param name="Minimum">Smallest value it can take; negative infinity when unbounded.</param>
/// <param name="Maximum">Largest value it can take; infinity when unbounded.</param>
public sealed record MetricInfo(
    string Name,
    IReadOnlyList<LearningTask> Tasks,
    bool HigherIsBetter,
    double Minimum,
    double Maximum,
    string Meaning)
{
    /// <summary>How far <paramref name="candidate"/> is better than <paramref name="other"/>: positive is better whatever the direction; NaN if either is NaN.</summary>
    public double Gain(double candidate, double other) => HigherIsBetter ? candidate - other : other - candidate;
}

/// <summary>Every metric there is, in one table. Definitions: docs/evaluation.md.</summary>
public static class MetricCatalog
{
    private const double Infinity = double.PositiveInfinity;

    private static readonly LearningTask[] Binary = [LearningTask.Binary];
    private static readonly LearningTask[] Multiclass = [LearningTask.Multiclass];
    private static readonly LearningTask[] Classification = [LearningTask.Binary, LearningTask.Multiclass];
    private static readonly LearningTask[] Regression = [LearningTask.Regression];

    public static readonly IReadOnlyList<MetricInfo> All =
    [
        new("auc", Classification, true, 0, 1, "area under the ROC curve: the chance that a positive row scores above a negative one, ties count half; multiclass: mean one-versus-rest AUC over the classes that occur in the truth"),
        new("aucWeighted", Multiclass, true, 0, 1, "one-versus-rest AUC, weighted by the classes' rows in the truth"),
        new("aucOvo", Multiclass, true, 0, 1, "mean AUC over the pairs of classes, of both directions"),
        new("aucOvoWeighted", Multiclass, true, 0, 1, "AUC over the pairs of classes, weighted by the pairs' rows in the truth"),
        new("averagePrecision", Binary, true, 0, 1, "precision averaged over the recall gained at each score, from the highest; the area under the precision-recall steps"),
        new("macroAveragePrecision", Multiclass, true, 0, 1, "mean one-versus-rest average precision over the classes that occur in the truth"),
        new("logLoss", Classification, false, 0, Infinity, "mean negative natural logarithm of the probability given to the true class, clipped to 2.2e-16"),
        new("accuracy", Classification, true, 0, 1, "share of rows whose most probable class is the true one"),
        new("balancedAccuracy", Classification, true, 0, 1, "mean recall over the classes that occur in the truth"),
        new("f1", Binary, true, 0, 1, "harmonic mean of precision and recall of the positive class at threshold 0.5"),
        new("f2", Binary, true, 0, 1, "F-beta with beta 2: recall counts more than precision"),
        new("f05", Binary, true, 0, 1, "F-beta with beta 0.5: precision counts more than recall"),
        new("precision", Binary, true, 0, 1, "share of true positives among the rows predicted positive at threshold 0.5"),
        new("recall", Binary, true, 0, 1, "share of the positive rows that are predicted positive at threshold 0.5"),
        new("specificity", Binary, true, 0, 1, "share of the negative rows that are predicted negative at threshold 0.5"),
        new("npv", Binary, true, 0, 1, "negative predictive value: share of true negatives among the rows predicted negative at threshold 0.5"),
        new("jaccard", Binary, true, 0, 1, "true positives over the rows that are positive or predicted so at threshold 0.5"),
        new("mcc", Classification, true, -1, 1, "Matthews' correlation between truth and prediction"),
        new("kappa", Classification, true, -1, 1, "Cohen's kappa: agreement beyond what chance gives"),
        new("kappaLinear", Multiclass, true, -1, 1, "Cohen's kappa, mistakes weighted by how many places the classes are apart in their order"),
        new("kappaQuadratic", Multiclass, true, -1, 1, "Cohen's kappa, mistakes weighted by the square of that"),
        new("brier", Binary, false, 0, 1, "mean squared difference between probability and outcome"),
        new("ece", Classification, false, 0, 1, "expected calibration error over 10 equal-width bins"),
        new("top2Accuracy", Multiclass, true, 0, 1, "share of rows whose true class is among the 2 most probable"),
        new("top3Accuracy", Multiclass, true, 0, 1, "share of rows whose true class is among the 3 most probable"),
        new("top5Accuracy", Multiclass, true, 0, 1, "share of rows whose true class is among the 5 most probable"),
        new("macroF1", Multiclass, true, 0, 1, "mean F1 over the classes that occur in truth or prediction"),
        new("microF1", Multiclass, true, 0, 1, "F1 over all decisions pooled; equals accuracy where a row has one class"),
        new("weightedF1", Multiclass, true, 0, 1, "mean F1 over the classes, weighted by their rows in the truth"),
        new("macroPrecision", Multiclass, true, 0, 1, "mean precision over the classes that occur in truth or prediction; 0 for one never predicted"),
        new("weightedPrecision", Multiclass, true, 0, 1, "mean precision over the classes, weighted by their rows in the truth"),
        new("macroRecall", Multiclass, true, 0, 1, "mean recall over the classes that occur in truth or prediction; 0 for one the truth lacks"),
        new("rmse", Regression, false, 0, Infinity, "root of the mean squared error, in the target's unit"),
        new("mse", Regression, false, 0, Infinity, "mean squared error"),
        new("mae", Regression, false, 0, Infinity, "mean absolute error, in the target's unit"),
        new("medianAbsoluteError", Regression, false, 0, Infinity, "median of the absolute errors, in the target's unit"),
        new("maxError", Regression, false, 0, Infinity, "the largest absolute error, in the target's unit"),
        new("mape", Regression, false, 0, Infinity, "mean of the absolute error over the absolute truth: 0.1 is 10 %"),
        new("r2", Regression, true, double.NegativeInfinity, 1, "share of the target's variance that is explained"),
        new("explainedVariance", Regression, true, double.NegativeInfinity, 1, "the same without what a constant shift would mend"),
        new("pinball", Regression, false, 0, Infinity, "mean pinball loss of the quantile that the model was trained for (objective=quantile)"),
        new("pinball10", Regression, false, 0, Infinity, "mean pinball loss of the 10 % quantile"),
        new("pinball50", Regression, false, 0, Infinity, "mean pinball loss of the median: half the mean absolute error"),
        new("pinball90", Regression, false, 0, Infinity, "mean pinball loss of the 90 % quantile"),
        new("msle", Regression, false, 0, Infinity, "mean squared difference of ln(1 + number)"),
        new("poissonDeviance", Regression, false, 0, Infinity, "mean Poisson deviance, for counts"),
        new("gammaDeviance", Regression, false, 0, Infinity, "mean gamma deviance, for amounts"),
        new("tweedieDeviance", Regression, false, 0, Infinity, "mean Tweedie deviance of power 1.5, for amounts that are often 0"),
    ];

    /// <exception cref="MlOpsException">Invalid <c>metric-unknown</c>, with the names there are.</exception>
    public static MetricInfo Get(string name) => Find(name) ?? throw MlOpsException.Invalid(
        "metric-unknown", $"metric '{name}' does not exist; use one of: {string.Join(", ", All.Select(m => m.Name))}");

    /// <summary>The metric, after checking that the task has it.</summary>
    /// <exception cref="MlOpsException">Invalid <c>metric-unknown</c> or <c>metric-task</c>, with the names that are possible.</exception>
    public static MetricInfo Get(string name, LearningTask task) => Get(name) is var metric && metric.Tasks.Contains(task) ? metric : throw MlOpsException.Invalid(
        "metric-task", $"metric '{name}' is not defined for a {task.ToString().ToLowerInvariant()} task; use one of: {string.Join(", ", For(task).Select(m => m.Name))}");

    public static MetricInfo? Find(string name) => All.FirstOrDefault(m => m.Name == name);

    public static IEnumerable<MetricInfo> For(LearningTask task) => All.Where(m => m.Tasks.Contains(task));

    /// <summary>What models of a task are compared by unless told otherwise: auc, accuracy or rmse.</summary>
    public static MetricInfo DefaultFor(LearningTask task) => Get(task switch
    {
        LearningTask.Binary => "auc",
        LearningTask.Multiclass => "accuracy",
        _ => "rmse",
    });
}
