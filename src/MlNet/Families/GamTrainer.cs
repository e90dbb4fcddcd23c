using Microsoft.ML;
using Microsoft.ML.Trainers.FastTree;
using MlOps.Learning.Trainers;

namespace MlOps.MlNet.Families;

/// <summary>
/// Generalised additive models of boosted stumps per feature (Lou, Caruana and Gehrke 2012): a sum of one curve per feature, without
/// interactions. Binary scores pass a sigmoid that is fitted on the training rows. Multiclass: one model per class, shares normalised.
/// Validation rows prune it. One thread, as mlnet.fasttree. A pass changes all curves at once, on the same residuals: at a rate above
/// 1 / features (a category counts as its levels, a text as its n-grams) they overshoot together and diverge, so more is cut to that.
/// ML.NET does not ask whether to stop during the passes of one model: cancelling takes effect after them, and a host that allows only some
/// time is told before how long they may take.
/// </summary>
internal sealed class GamTrainer() : MlNetTrainer("mlnet.gam",
[
    new("iterations", 2_000, 1, 100_000, true, "passes over the features; multiclass makes as many for every class"),
    new("learningRate", 0.002, 1e-6, 1, false, "factor on every stump; at most 1 / number of features"),
    new("bins", 255, 2, 255, true, "most bins of a feature"),
    new("minLeafRows", 10, 1, 1_000_000, true, "fewest training rows on a side of a stump"),
])
{
    /// <summary>For a row and a curve in one pass. Measured: 9 ns for a column of numbers, 24 for a level or word.</summary>
    private const double SecondsOfAStep = 25e-9;

    /// <summary>What a row costs in each pass besides its curves (100 ns measured), as so many of them.</summary>
    private const int CurvesBesides = 4;

    /// <summary>Long for one core of an ordinary machine; a slower one has what the host leaves as a margin.</summary>
    public override TimeSpan? Unstoppable(TrainingShape shape, TrainerParameters parameters)
    {
        double steps = parameters["iterations"] * (Size(shape, parameters).Columns + CurvesBesides) * shape.Rows * shape.Outputs;
        return TimeSpan.FromSeconds(Math.Min(SecondsOfAStep * steps, TimeSpan.MaxValue.TotalSeconds / 1e4));
    }

    protected override long OwnBytes(EncodedSize size, TrainerParameters parameters) => size.Binned(parameters.Integer("bins"), leaves: 2);

    protected override ITransformer Fit(Fitting fitting) => fitting.Task switch
    {
        LearningTask.Binary => fitting.Validation is { } watched
            ? Binary(fitting).Fit(fitting.Training, watched)
            : Binary(fitting).Fit(fitting.Training),
        LearningTask.Multiclass => fitting.Ml.MulticlassClassification.Trainers.OneVersusAll(Binary(fitting)).Fit(fitting.Training),
        _ => fitting.Validation is { } watched
            ? Regression(fitting).Fit(fitting.Training, watched)
            : Regression(fitting).Fit(fitting.Training),
    };

    private static GamBinaryTrainer Binary(Fitting fitting)
    {
        var options = new GamBinaryTrainer.Options();
        Set(options, fitting);
        return fitting.Ml.BinaryClassification.Trainers.Gam(options);
    }

    private static GamRegressionTrainer Regression(Fitting fitting)
    {
        var options = new GamRegressionTrainer.Options();
        Set(options, fitting);
        return fitting.Ml.Regression.Trainers.Gam(options);
    }

    private static void Set<TOptions, TTransformer, TModel>(GamTrainerBase<TOptions, TTransformer, TModel>.OptionsBase options, Fitting fitting)
        where TOptions : GamTrainerBase<TOptions, TTransformer, TModel>.OptionsBase, new()
        where TTransformer : ISingleFeaturePredictionTransformer<TModel>
        where TModel : class
    {
        options.NumberOfIterations = fitting.Integer("iterations");
        options.LearningRate = Math.Min(fitting["learningRate"], 1.0 / fitting.Features.Width);
        options.MaximumBinCountPerFeature = fitting.Integer("bins");
        options.MinimumExampleCountPerLeaf = fitting.Integer("minLeafRows");
        options.Seed = fitting.Seed;
        options.NumberOfThreads = 1;
    }
}
