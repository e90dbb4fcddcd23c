using MlOps.Learning.Encoders;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers.Boosting;
using MlOps.Learning.Trainers.Forest;

namespace MlOps.Learning.Trainers.Baseline;

/// <summary>
/// What a model must beat: the same answer for every row, or one question. Class shares are the constant of least log loss (and their
/// largest the majority class), the mean that of least squared and the median that of least absolute error.
/// </summary>
internal sealed class BaselineTrainer : ITrainer
{
    public const string Family = "baseline";

    private const string Constant = "constant";

    private const string Median = "median";

    private const string Stump = "stump";

    public string Name => Family;

    public IReadOnlyList<TrainerParameter> Parameters { get; } =
    [
        TrainerParameter.OneOf("answer", [Constant, Median, Stump], "constant: the class shares or the mean of training; median: of a number; stump: a tree of one split"),
    ];

    public IModel Fit(TrainingSpec spec, Table training, Table? validation, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken)
    {
        var parameters = TrainerParameters.Parse(this, spec.Parameters);
        string answer = parameters.Text("answer");
        if (answer == Median && spec.Task != LearningTask.Regression)
            throw TrainerParameters.Invalid(Name, $"answer = median needs task regression, the task is {spec.Task}: use constant or stump");
        TrainingSet set = TrainingSet.From(spec, training, takesBins: true);
        ForestFit fit = answer == Stump
            ? ForestFit.Grow(ForestOptions.Stump, set, spec, progress, new Workers(spec.Threads, cancellationToken))
            : new ForestFit(Always(ConstantAnswer.Of(set, answer == Median)), new double[set.Signature.Inputs.Count], new Dictionary<string, double> { ["rows"] = set.Target.Length });
        progress?.Report(new TrainingProgress(1, 1, null, null));
        return new TreeModel(ForestTrainer.HeaderOf(Name, set, parameters, fit), fit.Trees);
    }

    /// <summary>An ensemble without trees.</summary>
    private static TreeEnsemble Always(double[] answer) => new([], [], [], answer, [], []);
}
