using MlOps.Learning.Encoders;
using MlOps.Learning.Tables;

namespace MlOps.Learning.Trainers.Linear;

/// <summary>Ridge, lasso and elastic net; logistic and softmax regression with the same penalties; on standardised, one-hot encoded inputs.</summary>
internal sealed class LinearTrainer : ITrainer
{
    public string Name => "linear";

    public IReadOnlyList<TrainerParameter> Parameters { get; } =
    [
        new("l2", 1, 0, 1e9, false, "L2 penalty on standardised weights: alpha of a ridge, 1 / C of a logistic regression"),
        new("l1", 0, 0, 1e9, false, "L1 penalty on standardised weights, which makes some of them 0: rows x alpha of a lasso, 1 / C of a logistic regression; with l2 an elastic net"),
        new("maxIterations", 1000, 1, 1_000_000, true, "steps at most"),
        new("tolerance", 1e-11, 1e-14, 1, false, "stop when no component of the mean objective's (sub)gradient is larger"),
    ];

    /// <summary>The design's rows; for L-BFGS 24 vectors of the weights, for Newton some Hessians of the columns.</summary>
    public long WorkingBytes(TrainingShape shape, TrainerParameters parameters)
    {
        long columns = shape.Numbers + shape.Levels;
        long hessian = columns <= LinearSolver.MostHessianColumns && shape.Outputs == 1 ? sizeof(double) * columns * columns : 0;
        return shape.Plain + (24 * sizeof(double) * columns * shape.Outputs) + (4 * hessian) + Math.Min(Curvature.Budget, Curvature.MostChunks * hessian);
    }

    public IModel Fit(TrainingSpec spec, Table training, Table? validation, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken)
    {
        var parameters = TrainerParameters.Parse(this, spec.Parameters);
        TrainingSet set = TrainingSet.From(spec, training);
        var workers = new Workers(spec.Threads, cancellationToken);
        var encoding = LinearEncoding.Fit(set.Inputs, set.Signature.Inputs, workers, set.Weights);
        int outputs = spec.Task == LearningTask.Multiclass ? set.Signature.Classes.Count : 1;
        CheckWeights(encoding, outputs);
        var design = DesignMatrix.From(set.Inputs, encoding, workers);
        var scale = TargetScale.Of(spec.Task, set.Target, set.Weights);
        // The penalty of squares grows with the target's unit like the loss, that of magnitudes does not.
        var problem = new LinearProblem(design, scale.Apply(set.Target), set.Weights, spec.Task, outputs, parameters["l1"] / scale.Deviation, parameters["l2"], workers);
        int most = parameters.Integer("maxIterations");
        Minimum minimum = LinearSolver.Minimise(
            problem, most, parameters["tolerance"], (done, value) => progress?.Report(new TrainingProgress(done, most, value, null)), cancellationToken);
        return Model(set, parameters, design, scale.Undo(encoding, minimum.Variables, outputs), minimum);
    }

    /// <summary>L-BFGS keeps some 20 vectors of them and every chunk of rows one more: 4 GB in all at this limit.</summary>
    private static void CheckWeights(LinearEncoding encoding, int outputs)
    {
        const int Most = 10_000_000;
        long weights = (encoding.Columns + 1L) * outputs;
        if (weights > Most)
            throw MlOpsException.TooLarge(
                "training-too-large",
                $"trainer 'linear': {encoding.Columns:N0} encoded columns (one for each level of a category) for {outputs:N0} {(outputs == 1 ? "output" : "classes")} are {weights:N0} weights, at most {Most:N0} are fitted: leave out categories of very many levels, or use gbdt");
    }

    private LinearModel Model(TrainingSet set, TrainerParameters parameters, DesignMatrix design, LinearWeights fitted, Minimum minimum)
    {
        (double[] means, double[] deviations) = design.Moments(set.Weights);
        var metadata = new SortedDictionary<string, double>(StringComparer.Ordinal)
        {
            ["rows"] = set.Target.Length,
            ["iterations"] = minimum.Iterations,
            ["converged"] = minimum.Converged ? 1 : 0,
            ["gradientNorm"] = minimum.GradientNorm,
            ["loss"] = minimum.Value,
            ["weights"] = fitted.Weights.Count(w => w != 0),
        };
        IReadOnlyList<FeatureImportance> importance = LinearImportance.Of(set.Signature, fitted, deviations);
        return new LinearModel(new ModelHeader(LinearModelFormat.Name, Name, set.Signature, parameters.Values, metadata, importance), fitted with { Means = means });
    }
}

/// <summary>A regression target is fitted in standard deviations from its mean, so that `tolerance` means the same for every unit.</summary>
internal sealed record TargetScale(double Mean, double Deviation)
{
    /// <param name="weights">Null when all rows count alike.</param>
    public static TargetScale Of(LearningTask task, double[] target, double[]? weights = null)
    {
        if (task != LearningTask.Regression)
            return new TargetScale(0, 1);
        double total = weights?.Sum() ?? target.Length;
        double mean = target.Select((t, row) => (weights?[row] ?? 1) * t).Sum() / total;
        double deviation = Math.Sqrt(target.Select((t, row) => (weights?[row] ?? 1) * (t - mean) * (t - mean)).Sum() / total);
        return new TargetScale(mean, deviation > 0 && double.IsFinite(deviation) ? deviation : 1);
    }

    public double[] Apply(double[] target) => [.. target.Select(t => (t - Mean) / Deviation)];

    public LinearWeights Undo(LinearEncoding encoding, double[] variables, int outputs)
    {
        double[] weights = [.. variables[..^outputs].Select(w => w * Deviation)];
        return new LinearWeights(encoding, weights, [.. variables[^outputs..].Select(b => Mean + (b * Deviation))]);
    }
}

internal static class LinearImportance
{
    /// <summary>Sum over an input's columns and the outputs of |weight| x the column's deviation: how much the input moves the scores.</summary>
    public static IReadOnlyList<FeatureImportance> Of(ModelSignature signature, LinearWeights fitted, double[] deviations)
    {
        int outputs = fitted.Intercepts.Length;
        LinearEncoding encoding = fitted.Encoding;
        var moved = new double[signature.Inputs.Count];
        for (int i = 0; i < moved.Length; i++)
        {
            moved[i] = Column(encoding.ValueColumn[i]) + Column(encoding.MissingColumn[i]);
            for (int level = 0; level < signature.Inputs[i].Levels?.Count; level++)
                moved[i] += Column(encoding.LevelColumn[i] + level);
        }

        return Shares.Of(signature, moved);

        double Column(int column) => column < 0
            ? 0
            : deviations[column] * fitted.Weights.AsSpan(column * outputs, outputs).ToArray().Sum(Math.Abs);
    }
}
