using Microsoft.ML;
using Microsoft.ML.Trainers;
using MlOps.Learning.Trainers;
using MlOps.Learning.Trainers.Linear;

namespace MlOps.MlNet.Families;

/// <summary>
/// Linear models by L-BFGS with L1 and L2 penalties (Andrew and Gao 2007): logistic, maximum entropy and, for regression, Poisson, the
/// only loss ML.NET has for it: the logarithm of a number that is never negative. One thread, so that sums keep their order.
/// </summary>
internal sealed class LbfgsTrainer() : MlNetTrainer("mlnet.lbfgs",
[
    new("l1", 1, 0, 1e9, false, "L1 penalty on weights"),
    new("l2", 1, 0, 1e9, false, "L2 penalty on weights"),
    new("maxIterations", 1_000, 1, 1_000_000, true, "steps at most"),
    new("tolerance", 1e-7, 1e-12, 1, false, "stop when a step improves the loss by less"),
    new("history", 20, 1, 1_000, true, "past steps that the next one is computed from"),
])
{
    /// <summary>ML.NET keeps the vectors of all rows, and pairs of past steps.</summary>
    protected override long OwnBytes(EncodedSize size, TrainerParameters parameters) =>
        size.Vectors + (4 * size.Columns * size.Outputs * ((2 * parameters.Integer("history")) + 8));

    protected override ITransformer Fit(Fitting fitting) => fitting.Task switch
    {
        LearningTask.Binary => Binary(fitting),
        LearningTask.Multiclass => Multiclass(fitting),
        _ => Regression(fitting),
    };

    /// <summary>Poisson regression's target is divided by its mean, which only moves the intercept.</summary>
    protected override TargetScale Scale(TrainingSpec spec, double[] target)
    {
        if (spec.Task != LearningTask.Regression)
            return base.Scale(spec, target);
        int negative = Array.FindIndex(target, t => t < 0);
        if (negative >= 0)
        {
            throw MlOpsException.Invalid(
                "training-target",
                FormattableString.Invariant($"target '{spec.Target}' is {target[negative]:R} in row {negative + 1}, but '{Name}' regresses on counts and amounts (Poisson), which are 0 or more: use mlnet.sdca, linear or a tree family"));
        }

        double mean = target.Average();
        return new TargetScale(0, mean > 0 && double.IsFinite(mean) ? mean : 1);
    }

    private static ITransformer Binary(Fitting fitting)
    {
        var options = new LbfgsLogisticRegressionBinaryTrainer.Options();
        Set(options, fitting);
        return fitting.Ml.BinaryClassification.Trainers.LbfgsLogisticRegression(options).Fit(fitting.Training);
    }

    private static ITransformer Multiclass(Fitting fitting)
    {
        var options = new LbfgsMaximumEntropyMulticlassTrainer.Options();
        Set(options, fitting);
        return fitting.Ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy(options).Fit(fitting.Training);
    }

    private static ITransformer Regression(Fitting fitting)
    {
        var options = new LbfgsPoissonRegressionTrainer.Options();
        Set(options, fitting);
        return fitting.Ml.Regression.Trainers.LbfgsPoissonRegression(options).Fit(fitting.Training);
    }

    private static void Set<TOptions, TTransformer, TModel>(LbfgsTrainerBase<TOptions, TTransformer, TModel>.OptionsBase options, Fitting fitting)
        where TOptions : LbfgsTrainerBase<TOptions, TTransformer, TModel>.OptionsBase, new()
        where TTransformer : ISingleFeaturePredictionTransformer<TModel>
        where TModel : class
    {
        options.L1Regularization = (float)fitting["l1"];
        options.L2Regularization = (float)fitting["l2"];
        options.MaximumNumberOfIterations = fitting.Integer("maxIterations");
        options.OptimizationTolerance = (float)fitting["tolerance"];
        options.HistorySize = fitting.Integer("history");
        options.NumberOfThreads = 1;
    }
}
