using MlOps.Learning.Encoders;
using MlOps.Learning.Tables;

namespace MlOps.Learning.Trainers.Linear;

/// <summary>Ridge regression, L2 logistic regression and L2 softmax regression on standardised, one-hot encoded inputs.</summary>
internal sealed class LinearTrainer : ITrainer
{
    public string Name => "linear";

    public IReadOnlyList<TrainerParameter> Parameters { get; } =
    [
        new("l2", 1, 0, 1e9, false, "L2 penalty on standardised weights: alpha of a ridge, 1 / C of a logistic regression"),
        new("maxIterations", 1000, 1, 1_000_000, true, "L-BFGS steps at most"),
        new("tolerance", 1e-6, 1e-14, 1, false, "stop when no component of the mean loss's gradient is larger"),
    ];

    /// <summary>The design's rows and, for L-BFGS, 24 vectors of the weights.</summary>
    public long WorkingBytes(TrainingShape shape, TrainerParameters parameters) =>
        shape.Plain + (24 * sizeof(double) * (shape.Numbers + shape.Levels) * shape.Outputs);

    public IModel Fit(TrainingSpec spec, Table training, Table? validation, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken)
    {
        var parameters = TrainerParameters.Parse(this, spec.Parameters);
        RowWeights.Refuse(spec, Name);
        TrainingSet set = TrainingSet.From(spec, training);
        var workers = new Workers(spec.Threads, cancellationToken);
        var encoding = LinearEncoding.Fit(set.Inputs, set.Signature.Inputs, workers);
        int outputs = spec.Task == LearningTask.Multiclass ? set.Signature.Classes.Count : 1;
        CheckWeights(encoding, outputs);
        var design = DesignMatrix.From(set.Inputs, encoding, workers);
        var scale = TargetScale.Of(spec.Task, set.Target);
        var loss = new LinearLoss(design, scale.Apply(set.Target), spec.Task, outputs, parameters["l2"], workers);
        int most = parameters.Integer("maxIterations");
        Minimum minimum = new Lbfgs(loss.Evaluate, most, parameters["tolerance"]).Minimise(
            new double[loss.Variables],
            (done, value) => progress?.Report(new TrainingProgress(done, most, value, null)),
            cancellationToken);
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
        (double[] means, double[] deviations) = design.Moments();
        var metadata = new SortedDictionary<string, double>(StringComparer.Ordinal)
        {
            ["rows"] = set.Target.Length,
            ["iterations"] = minimum.Iterations,
            ["converged"] = minimum.Converged ? 1 : 0,
            ["gradientNorm"] = minimum.GradientNorm,
            ["loss"] = minimum.Value,
        };
        IReadOnlyList<FeatureImportance> importance = LinearImportance.Of(set.Signature, fitted, deviations);
        return new LinearModel(new ModelHeader(LinearModelFormat.Name, Name, set.Signature, parameters.Values, metadata, importance), fitted with { Means = means });
    }
}

/// <summary>A regression target is fitted in standard deviations from its mean, so that `tolerance` means the same for every unit.</summary>
internal sealed record TargetScale(double Mean, double Deviation)
{
    public static TargetScale Of(LearningTask task, double[] target)
    {
        if (task != LearningTask.Regression)
            return new TargetScale(0, 1);
        double mean = target.Average();
        double deviation = Math.Sqrt(target.Average(t => (t - mean) * (t - mean)));
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
