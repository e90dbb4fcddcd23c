using Microsoft.ML;
using Microsoft.ML.Trainers.FastTree;
using MlOps.Learning.Trainers;

namespace MlOps.MlNet.Families;

/// <summary>
/// Random forest (Breiman 2001). Its binary scores are no probabilities: <see cref="HeldOutPlatt"/> calibrates them. Multiclass: one
/// forest per class, each calibrated by Platt's method on its training rows, shares normalised. One thread, as mlnet.fasttree.
/// </summary>
internal sealed class FastForestTrainer() : MlNetTrainer("mlnet.fastforest",
[
    new("trees", 100, 1, 100_000, true, "trees of the forest; multiclass grows as many for every class"),
    new("leaves", 20, 2, 65_536, true, "most leaves of a tree"),
    new("minLeafRows", 10, 1, 1_000_000, true, "fewest training rows in a leaf"),
    new("bins", 255, 2, 255, true, "most bins of a feature"),
    new("columnSample", 0.7, 0.001, 1, false, "share of features drawn for each tree, and again for each split"),
    new("subsample", 0.7, 0.001, 1, false, "share of rows drawn for each tree"),
])
{
    protected override long OwnBytes(EncodedSize size, TrainerParameters parameters) => size.Binned(parameters.Integer("bins"), parameters.Integer("leaves"));

    protected override ITransformer Fit(Fitting fitting) => fitting.Task switch
    {
        LearningTask.Binary => HeldOutPlatt.Fit(fitting, rows => Binary(fitting).Fit(rows)),
        LearningTask.Multiclass => fitting.Ml.MulticlassClassification.Trainers.OneVersusAll(Binary(fitting)).Fit(fitting.Training),
        _ => fitting.Ml.Regression.Trainers.FastForest(Options<FastForestRegressionTrainer.Options>(fitting)).Fit(fitting.Training),
    };

    private static FastForestBinaryTrainer Binary(Fitting fitting) =>
        fitting.Ml.BinaryClassification.Trainers.FastForest(Options<FastForestBinaryTrainer.Options>(fitting));

    private static T Options<T>(Fitting fitting)
        where T : FastForestOptionsBase, new() => new()
        {
            NumberOfTrees = fitting.Integer("trees"),
            NumberOfLeaves = fitting.Integer("leaves"),
            MinimumExampleCountPerLeaf = fitting.Integer("minLeafRows"),
            MaximumBinCountPerFeature = fitting.Integer("bins"),
            FeatureFraction = fitting["columnSample"],
            FeatureFractionPerSplit = fitting["columnSample"],
            BaggingExampleFraction = fitting["subsample"],
            Seed = fitting.Seed,
            FeatureSelectionSeed = fitting.Seed,
            NumberOfThreads = 1,
        };
}
