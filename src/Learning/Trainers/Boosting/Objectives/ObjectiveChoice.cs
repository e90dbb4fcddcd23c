namespace MlOps.Learning.Trainers.Boosting;

/// <summary>The objectives by the names that parameters have for them.</summary>
internal static class ObjectiveChoice
{
    public const string Auto = "auto";
    public const string Quantile = "quantile";

    private static readonly (string Name, LearningTask Task)[] Known =
    [
        ("binary", LearningTask.Binary),
        ("multiclass", LearningTask.Multiclass),
        ("squared", LearningTask.Regression),
        ("absolute", LearningTask.Regression),
        (Quantile, LearningTask.Regression),
        ("poisson", LearningTask.Regression),
    ];

    /// <summary>The default first.</summary>
    public static IReadOnlyList<string> Names { get; } = [Auto, .. Known.Select(k => k.Name)];

    /// <summary>The objective that a name means for a task.</summary>
    /// <exception cref="MlOpsException">Invalid <c>training-parameter</c>: it is not for the task.</exception>
    public static string For(LearningTask task, string name)
    {
        string[] allowed = [.. Known.Where(k => k.Task == task).Select(k => k.Name)];
        string chosen = name == Auto ? allowed[0] : name;
        return allowed.Contains(chosen)
            ? chosen
            : throw TrainerParameters.Invalid("gbdt", $"objective = '{name}' is not for the task {task} (allowed: {Auto}, {string.Join(", ", allowed)})");
    }

    /// <summary>The quantile that a model was trained for; null: for something else, or elsewhere.</summary>
    public static double? QuantileOf(ModelHeader header) =>
        header.TextParameters?.GetValueOrDefault("objective") == Quantile && header.Parameters.TryGetValue(Quantile, out double level) ? level : null;

    /// <param name="chosen">As <see cref="For"/> gives it.</param>
    /// <param name="bounded">Whether leaves must keep to the directions of monotone features.</param>
    /// <exception cref="MlOpsException">Invalid: the target does not suit the objective.</exception>
    public static Objective Of(string chosen, TrainingSpec spec, int classes, TargetRows target, double quantile, bool bounded) => chosen switch
    {
        "binary" => new LogisticLoss(target),
        "multiclass" => new SoftmaxLoss(target, classes),
        "squared" => new SquaredError(target),
        "absolute" => new PinballLoss(target, 0.5, 2, !bounded),
        Quantile => new PinballLoss(target, quantile, 1, !bounded),
        _ => new PoissonLoss(target, spec.Target),
    };
}
