using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Metrics;

/// <summary>
/// Predictions next to the truth of the same rows; the one input of every metric. The truth is class indices (classification) or
/// numbers (regression). A true class the model does not know gets an index after the known ones (multiclass: such a row is always
/// wrong, with probability 0; binary: an error).
/// </summary>
public sealed class ScoredRows
{
    private readonly double[] _scores;
    private Ranking? _ranking;

    private ScoredRows(LearningTask task, IReadOnlyList<string> classes, int known, double[] scores, int[] labels, double[] targets, RowWeights weights)
    {
        (Task, Classes, Known, _scores, Labels, Targets, Weights) = (task, classes, known, scores, labels, targets, weights);
    }

    public LearningTask Task { get; }

    /// <summary>The model's classes, then those only the truth has; empty for regression.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>How many of <see cref="Classes"/> the model knows.</summary>
    public int Known { get; }

    public ReadOnlySpan<double> Scores => _scores;

    public int Count => Task == LearningTask.Regression ? Targets.Length : Labels.Length;

    internal int[] Labels { get; }

    internal double[] Targets { get; }

    internal RowWeights Weights { get; }

    /// <summary><see cref="Predictions.Quantile"/>.</summary>
    internal double? Quantile { get; init; }

    /// <summary>The rows in the order of the score, sorted at the first call; binary only.</summary>
    internal Ranking Ranking => _ranking ??= new Ranking(_scores);

    /// <summary>Joins predictions and truth row by row.</summary>
    /// <param name="weight">Numbers of at least 0 that rows count with in every metric; null: all alike.</param>
    /// <exception cref="ArgumentException">The number of rows differs.</exception>
    /// <exception cref="MlOpsException">
    /// Invalid: <c>target-empty</c> no rows; <c>target-missing</c> a row without truth; <c>target-type</c> not a number in regression;
    /// <c>target-class</c> a third class in a binary task; <c>weight</c> weights that are no numbers of at least 0.
    /// </exception>
    public static ScoredRows Join(Predictions predictions, Column truth, Column? weight = null)
    {
        if (predictions.Count != truth.Count)
            throw new ArgumentException($"{predictions.Count} predictions but {truth.Count} rows of truth");
        if (weight is not null && weight.Count != truth.Count)
            throw new ArgumentException($"{weight.Count} weights but {truth.Count} rows of truth");
        RowWeights weights = weight is null ? RowWeights.Ones(truth.Count) : RowWeights.Of(weight);
        if (predictions.Task == LearningTask.Regression)
            return new ScoredRows(predictions.Task, [], 0, predictions.Scores, [], TargetReader.Numbers(truth), weights) { Quantile = predictions.Quantile };
        (int[] labels, IReadOnlyList<string> classes) = TargetReader.Labels(truth, predictions.Classes, predictions.Task);
        return new ScoredRows(predictions.Task, classes, predictions.Classes.Count, predictions.Scores, labels, [], weights);
    }

    /// <summary>The given rows, in the given order.</summary>
    public ScoredRows Take(ReadOnlySpan<int> rows) => Task switch
    {
        LearningTask.Regression => new(Task, Classes, Known, Gather.From(_scores, rows), [], Gather.From(Targets, rows), Weights.Take(rows)) { Quantile = Quantile },
        LearningTask.Binary => new(Task, Classes, Known, Gather.From(_scores, rows), Gather.From(Labels, rows), [], Weights.Take(rows)),
        _ => new(Task, Classes, Known, TakeRows(rows), Gather.From(Labels, rows), [], Weights.Take(rows)),
    };

    /// <summary>Whether row i truly is of the positive class; binary only.</summary>
    public bool[] Positive() => [.. Labels.Select(label => label == 1)];

    /// <summary>The predicted class of each row: <see cref="Predictions.Label"/>.</summary>
    public int[] Predicted()
    {
        var predictions = new Predictions(Task, [.. Classes.Take(Known)], _scores);
        var predicted = new int[Labels.Length];
        for (int i = 0; i < predicted.Length; i++)
            predicted[i] = predictions.Label(i);
        return predicted;
    }

    /// <summary>Null for regression.</summary>
    public ConfusionMatrix? Confusion()
    {
        if (Task == LearningTask.Regression)
            return null;
        int[] predicted = Predicted();
        var confusion = ConfusionMatrix.Of(Classes, Labels, predicted);
        return Weights.Repeats ? confusion : confusion with { Weights = ClassCounts.Of(Classes.Count, Labels, predicted, Weights.Values).Matrix() };
    }

    /// <summary>Reliability bins, by the rows' weights; none for regression. Scores must not be NaN.</summary>
    public IReadOnlyList<CalibrationBin> CalibrationBins(int bins = Calibration.DefaultBins, CalibrationCut cut = CalibrationCut.Uniform)
    {
        double[] weights = Weights.Values.ToArray();
        if (Task == LearningTask.Regression)
            return [];
        if (Task == LearningTask.Binary)
            return Calibration.Bins(_scores, Positive(), bins, cut, weights);
        int[] predicted = Predicted();
        double[] confidence = [.. predicted.Select((k, row) => _scores[(row * Known) + k])];
        return Calibration.Bins(confidence, [.. predicted.Select((k, row) => k == Labels[row])], bins, cut, weights);
    }

    /// <summary>Index of the first row with a NaN among its scores, or -1.</summary>
    public int FirstNaN()
    {
        int at = Array.FindIndex(_scores, double.IsNaN);
        return Task == LearningTask.Multiclass && at >= 0 ? at / Known : at;
    }

    private double[] TakeRows(ReadOnlySpan<int> rows)
    {
        var taken = new double[rows.Length * Known];
        for (int i = 0; i < rows.Length; i++)
            Array.Copy(_scores, rows[i] * Known, taken, i * Known, Known);
        return taken;
    }
}
