using Microsoft.ML;
using Microsoft.ML.Trainers.FastTree;
using MlOps.Learning.Trainers;

namespace MlOps.MlNet.Families;

/// <summary>
/// MART: boosted trees with gradients, after Friedman (2001). Binary scores pass the sigmoid that the trees were fitted under. One
/// thread, because its threads share one pool for the whole process. Multiclass: one ensemble per class, shares normalised.
/// </summary>
internal sealed class FastTreeTrainer() : MlNetTrainer("mlnet.fasttree",
[
    new("trees", 100, 1, 100_000, true, "boosting rounds; multiclass grows as many for every class"),
    new("leaves", 20, 2, 65_536, true, "most leaves of a tree"),
    new("minLeafRows", 10, 1, 1_000_000, true, "fewest training rows in a leaf"),
    new("learningRate", 0.2, 1e-6, 1, false, "factor on every tree"),
    new("bins", 255, 2, 255, true, "most bins of a feature"),
    new("columnSample", 1, 0.001, 1, false, "share of features drawn for each tree"),
    new("subsample", 1, 0.001, 1, false, "share of rows drawn for each tree"),
])
{
    protected override long OwnBytes(EncodedSize size, TrainerParameters parameters) => size.Binned(parameters.Integer("bins"), parameters.Integer("leaves"));

    protected override ITransformer Fit(Fitting fitting) => fitting.Task switch
    {
        LearningTask.Binary => fitting.Ml.BinaryClassification.Trainers.FastTree(Options<FastTreeBinaryTrainer.Options>(fitting)).Fit(fitting.Training),
        LearningTask.Multiclass => fitting.Ml.MulticlassClassification.Trainers.OneVersusAll(
            fitting.Ml.BinaryClassification.Trainers.FastTree(Options<FastTreeBinaryTrainer.Options>(fitting))).Fit(fitting.Training),
        _ => fitting.Ml.Regression.Trainers.FastTree(Options<FastTreeRegressionTrainer.Options>(fitting)).Fit(fitting.Training),
    };

    private static T Options<T>(Fitting fitting)
        where T : BoostedTreeOptions, new() => new()
        {
            NumberOfTrees = fitting.Integer("trees"),
            NumberOfLeaves = fitting.Integer("leaves"),
            MinimumExampleCountPerLeaf = fitting.Integer("minLeafRows"),
            LearningRate = fitting["learningRate"],
            MaximumBinCountPerFeature = fitting.Integer("bins"),
            FeatureFraction = fitting["columnSample"],
            BaggingSize = fitting["subsample"] < 1 ? 1 : 0,
            BaggingExampleFraction = fitting["subsample"],
            Seed = fitting.Seed,
            FeatureSelectionSeed = fitting.Seed,
            NumberOfThreads = 1,
        };
}
