using Microsoft.ML;
using Microsoft.ML.Trainers.LightGbm;
using MlOps.Learning.Trainers;

namespace MlOps.MlNet.Families;

/// <summary>
/// LightGBM (Ke et al. 2017) with its own defaults; multiclass by softmax. One thread and column-wise histograms: left to choose, it
/// times both layouts and so may sum in another order, and on two threads it gave other bytes even in its deterministic mode.
/// </summary>
internal sealed class LightGbmTrainer() : MlNetTrainer("mlnet.lightgbm",
[
    new("trees", 100, 1, 100_000, true, "boosting rounds; multiclass grows a tree per class and round"),
    new("leaves", 31, 2, 65_536, true, "most leaves of a tree, grown best first"),
    new("depth", 0, 0, 64, true, "longest path from root to leaf; 0 is no limit"),
    new("minLeafRows", 20, 1, 1_000_000, true, "fewest training rows in a leaf"),
    new("learningRate", 0.1, 1e-6, 1, false, "factor on every tree"),
    new("bins", 255, 2, 255, true, "most bins of a feature"),
    new("l1", 0, 0, 1e9, false, "L1 penalty on leaf values"),
    new("l2", 0, 0, 1e9, false, "L2 penalty on leaf values"),
    new("columnSample", 1, 0.001, 1, false, "share of features drawn for each tree"),
    new("subsample", 1, 0.001, 1, false, "share of rows drawn for each round"),
    new("earlyStop", 0, 0, 100_000, true, "stop after so many rounds without a better validation loss; 0 is off"),
])
{
    /// <summary>Twice: the native library has its own copy.</summary>
    protected override long OwnBytes(EncodedSize size, TrainerParameters parameters) => 2 * size.Binned(parameters.Integer("bins"), parameters.Integer("leaves"));

    protected override ITransformer Fit(Fitting fitting) => fitting.Task switch
    {
        LearningTask.Binary => Binary(fitting),
        LearningTask.Multiclass => Multiclass(fitting),
        _ => Regression(fitting),
    };

    private static ITransformer Binary(Fitting fitting)
    {
        var options = new LightGbmBinaryTrainer.Options();
        Set(options, fitting);
        LightGbmBinaryTrainer trainer = fitting.Ml.BinaryClassification.Trainers.LightGbm(options);
        return fitting.Validation is { } watched ? trainer.Fit(fitting.Training, watched) : trainer.Fit(fitting.Training);
    }

    private static ITransformer Multiclass(Fitting fitting)
    {
        var options = new LightGbmMulticlassTrainer.Options
        {
            UseSoftmax = true,
            EvaluationMetric = LightGbmMulticlassTrainer.Options.EvaluateMetricType.LogLoss,
        };
        Set(options, fitting);
        LightGbmMulticlassTrainer trainer = fitting.Ml.MulticlassClassification.Trainers.LightGbm(options);
        return fitting.Validation is { } watched ? trainer.Fit(fitting.Training, watched) : trainer.Fit(fitting.Training);
    }

    private static ITransformer Regression(Fitting fitting)
    {
        var options = new LightGbmRegressionTrainer.Options();
        Set(options, fitting);
        LightGbmRegressionTrainer trainer = fitting.Ml.Regression.Trainers.LightGbm(options);
        return fitting.Validation is { } watched ? trainer.Fit(fitting.Training, watched) : trainer.Fit(fitting.Training);
    }

    private static void Set<TOptions, TOutput, TTransformer, TModel>(
        LightGbmTrainerBase<TOptions, TOutput, TTransformer, TModel>.OptionsBase options, Fitting fitting)
        where TOptions : LightGbmTrainerBase<TOptions, TOutput, TTransformer, TModel>.OptionsBase, new()
        where TTransformer : ISingleFeaturePredictionTransformer<TModel>
        where TModel : class
    {
        options.NumberOfIterations = fitting.Integer("trees");
        options.NumberOfLeaves = fitting.Integer("leaves");
        options.MinimumExampleCountPerLeaf = fitting.Integer("minLeafRows");
        options.LearningRate = fitting["learningRate"];
        options.MaximumBinCountPerFeature = fitting.Integer("bins");
        options.EarlyStoppingRound = fitting.Validation is null ? 0 : fitting.Integer("earlyStop");
        options.UseCategoricalSplit = false;
        options.Booster = Booster(fitting);
        options.Seed = fitting.Seed;
        options.NumberOfThreads = 1;
        options.Deterministic = true;
        options.ForceColumnWise = true;
    }

    private static GradientBooster.Options Booster(Fitting fitting) => new()
    {
        MaximumTreeDepth = fitting.Integer("depth"),
        MinimumChildWeight = 1e-3,
        L1Regularization = fitting["l1"],
        L2Regularization = fitting["l2"],
        FeatureFraction = fitting["columnSample"],
        SubsampleFraction = fitting["subsample"],
        SubsampleFrequency = fitting["subsample"] < 1 ? 1 : 0,
    };
}
