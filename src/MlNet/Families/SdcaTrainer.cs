using Microsoft.ML;
using Microsoft.ML.Trainers;
using MlOps.Learning.Trainers;

namespace MlOps.MlNet.Families;

/// <summary>
/// Linear models by stochastic dual coordinate ascent (Shalev-Shwartz and Zhang 2013): logistic, maximum entropy, squared loss. Several
/// threads would update the weights in an order of chance, so it runs on one; the seed decides the order of rows.
/// </summary>
internal sealed class SdcaTrainer() : MlNetTrainer("mlnet.sdca",
[
    new("l1", 0, 0, 1e9, false, "L1 penalty on weights"),
    new("l2", 0, 0, 1e9, false, "L2 penalty on weights; 0 lets ML.NET choose by the number of rows"),
    new("maxIterations", 0, 0, 1_000_000, true, "passes over the rows at most; 0 lets ML.NET choose by the number of rows"),
    new("tolerance", 0.1, 1e-9, 1, false, "stop at such a share of the duality gap"),
])
{
    /// <summary>The dual variables, an index of the rows, and the weights with their averages.</summary>
    protected override long OwnBytes(EncodedSize size, TrainerParameters parameters) => (size.Rows * ((8 * size.Outputs) + 32)) + (16 * size.Columns * size.Outputs);

    protected override ITransformer Fit(Fitting fitting) => fitting.Task switch
    {
        LearningTask.Binary => Binary(fitting),
        LearningTask.Multiclass => Multiclass(fitting),
        _ => Regression(fitting),
    };

    private static ITransformer Binary(Fitting fitting)
    {
        var options = new SdcaLogisticRegressionBinaryTrainer.Options();
        Set(options, fitting);
        return fitting.Ml.BinaryClassification.Trainers.SdcaLogisticRegression(options).Fit(fitting.Training);
    }

    private static ITransformer Multiclass(Fitting fitting)
    {
        var options = new SdcaMaximumEntropyMulticlassTrainer.Options();
        Set(options, fitting);
        return fitting.Ml.MulticlassClassification.Trainers.SdcaMaximumEntropy(options).Fit(fitting.Training);
    }

    private static ITransformer Regression(Fitting fitting)
    {
        var options = new SdcaRegressionTrainer.Options();
        Set(options, fitting);
        return fitting.Ml.Regression.Trainers.Sdca(options).Fit(fitting.Training);
    }

    private static void Set<TOptions, TTransformer, TModel>(SdcaTrainerBase<TOptions, TTransformer, TModel>.OptionsBase options, Fitting fitting)
        where TOptions : SdcaTrainerBase<TOptions, TTransformer, TModel>.OptionsBase, new()
        where TTransformer : ISingleFeaturePredictionTransformer<TModel>
        where TModel : class
    {
        options.L1Regularization = (float)fitting["l1"];
        options.L2Regularization = fitting["l2"] > 0 ? (float)fitting["l2"] : null;
        options.MaximumNumberOfIterations = fitting.Integer("maxIterations") > 0 ? fitting.Integer("maxIterations") : null;
        options.ConvergenceTolerance = (float)fitting["tolerance"];
        options.NumberOfThreads = 1;
    }
}
