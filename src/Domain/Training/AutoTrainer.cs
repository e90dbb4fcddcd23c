using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Training;

/// <summary>
/// Fits linear, gbdt and forest with sensible defaults, compares them by cross-validation on the same folds, and fits the best again on all
/// rows. The model is that family's own. It stands here and not in Learning since folds do.
/// </summary>
/// <param name="families">Where the families are found.</param>
public sealed class AutoTrainer(TrainerCatalog families) : ITrainer
{
    public const string Family = "auto";

    private const int MostFolds = 20;

    public string Name => Family;

    public IReadOnlyList<TrainerParameter> Parameters { get; } =
    [
        new("folds", 5, 2, MostFolds, true, "parts that the rows are cut into; each family is fitted on all but one of them in turn"),
    ];

    /// <summary>A catalog that also knows how to choose among its families.</summary>
    public static TrainerCatalog AddTo(TrainerCatalog catalog) =>
        catalog.Trainers.Any(t => t.Name == Family) ? catalog : catalog.With(new AutoTrainer(catalog));

    /// <summary>The hungriest family, and the rows of a fold.</summary>
    public long WorkingBytes(TrainingShape shape, TrainerParameters parameters) => shape.Plain + AutoFamily.All.Max(family =>
    {
        ITrainer trainer = families.Get(family.Trainer);
        return trainer.WorkingBytes(shape, TrainerParameters.Parse(trainer, family.Parameters));
    });

    public IModel Fit(TrainingSpec spec, Table training, Table? validation, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken) =>
        Choose(spec, training, progress, cancellationToken).Model;

    /// <summary>The model, and how it was chosen. The same for any number of threads.</summary>
    /// <exception cref="MlOpsException">As for <see cref="ITrainer.Fit"/>; Invalid <c>split-empty</c>: too few rows for the folds.</exception>
    public (IModel Model, AutoReport Report) Choose(TrainingSpec spec, Table training, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken)
    {
        var parameters = TrainerParameters.Parse(this, spec.Parameters);
        var contest = new FamilyContest(families, spec with { Parameters = new Dictionary<string, string>() }, training, parameters.Integer("folds"), progress, cancellationToken);
        AutoReport report = contest.Run();
        return (contest.Refit(report), report);
    }
}
