using MlOps.Learning.Encoders;
using MlOps.Learning.Tables;

namespace MlOps.Learning.Trainers;

/// <summary>The rows that a model's probabilities are calibrated on, which its learner never sees.</summary>
internal sealed record CalibrationRows(string Method, Table Rows, TrainingSpec Spec)
{
    /// <summary>The default first.</summary>
    public static readonly string[] Methods = ["none", ScoreCalibration.Platt, ScoreCalibration.Isotonic];

    /// <summary>Of the training rows. The validation rows are never calibrated on: what is measured on them would be too good.</summary>
    private const double HeldOut = 0.2;

    private const ulong Stream = 3UL << 32;

    /// <summary>The training rows to learn from, and those to calibrate on; null where nobody asked.</summary>
    /// <exception cref="MlOpsException">Invalid <c>training-parameter</c>: only binary tasks are calibrated.</exception>
    public static (Table Learned, CalibrationRows? Held) Of(string trainer, string method, TrainingSpec spec, Table training)
    {
        if (method == Methods[0])
            return (training, null);
        if (spec.Task != LearningTask.Binary)
            throw TrainerParameters.Invalid(trainer, $"calibrate = '{method}' is for the task Binary; the task is {spec.Task} (allowed: {Methods[0]})");
        (int[] learned, int[] held) = Divide(spec, training.RowCount);
        return (training.Take(learned), new(method, training.Take(held), spec));
    }

    /// <summary>The numbers of both among so many training rows, ascending.</summary>
    public static (int[] Learned, int[] Held) Divide(TrainingSpec spec, int rows)
    {
        int[] held = SeededRandom.Derive(spec.Seed, Stream).Sample(rows, (int)Math.Round(HeldOut * rows));
        var isHeld = new bool[rows];
        foreach (int row in held)
            isHeld[row] = true;
        return ([.. Enumerable.Range(0, rows).Where(row => !isHeld[row])], held);
    }

    /// <param name="margins">The model's sums for <see cref="Rows"/>.</param>
    /// <exception cref="MlOpsException">Invalid <c>training-data</c>: the rows are all of one class.</exception>
    public ScoreCalibration Fit(IReadOnlyList<string> classes, double[] margins)
    {
        double[] truths = TargetEncoder.Encode(Spec, classes, Rows);
        double[]? weights = TrainingWeights.Of(Spec, Rows);
        int[] known = [.. Enumerable.Range(0, truths.Length).Where(i => !double.IsNaN(truths[i]) && weights?[i] is not 0)];
        if (known.Select(i => truths[i]).Distinct().Count() < 2)
            throw MlOpsException.Invalid("training-data", $"the {known.Length} rows to calibrate on are of one class: give more rows, or calibrate=none");
        return CalibrationFit.Of(Method, [.. known.Select(i => margins[i])], [.. known.Select(i => truths[i])], weights is null ? null : [.. known.Select(i => weights[i])]);
    }
}
