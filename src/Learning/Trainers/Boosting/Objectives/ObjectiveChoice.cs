namespace MlOps.Learning.Trainers.Boosting;

/// <summary>The objectives by the names that parameters have for them.</summary>
internal static class ObjectiveChoice
{
    public const string Auto = "auto";

    private static readonly (string Name, LearningTask Task)[] Known =
    [
        ("binary", LearningTask.Binary),
        ("multiclass", LearningTask.Multiclass),
        ("squared", LearningTask.Regression),
        ("absolute", LearningTask.Regression),
        ("quantile", LearningTask.Regression),
        ("poisson", LearningTask.Regression),
    ];

    /// <summary>The default first.</summary>
    public static IReadOnlyList<string> Names { get; } = [Auto, .. Known.Select(k => k.Name)];

    /// <exception cref="MlOpsException">Invalid <c>training-parameter</c>: the objective is not for the task; or the target does not suit it.</exception>
    public static Objective Of(string name, TrainingSpec spec, int classes, TargetRows target, double quantile, bool bounded)
    {
        string[] allowed = [.. Known.Where(k => k.Task == spec.Task).Select(k => k.Name)];
        string chosen = name == Auto ? allowed[0] : name;
        return chosen switch
        {
            _ when !allowed.Contains(chosen) => throw TrainerParameters.Invalid(
                "gbdt", $"objective = '{name}' is not for the task {spec.Task} (allowed: {Auto}, {string.Join(", ", allowed)})"),
            "binary" => new LogisticLoss(target),
            "multiclass" => new SoftmaxLoss(target, classes),
            "squared" => new SquaredError(target),
            "absolute" => new PinballLoss(target, 0.5, 2, !bounded),
            "quantile" => new PinballLoss(target, quantile, 1, !bounded),
            _ => new PoissonLoss(target, spec.Target),
        };
    }
}
