using MlOps.Learning.Tables;

namespace MlOps.Learning.Metrics;

/// <summary>Rows of a binary task in the order of their score.</summary>
internal sealed class BinaryFrame : MetricFrame
{
    private readonly Ranking _ranking;
    private readonly bool[] _positive;
    private readonly int _firstPredicted;
    private readonly RowLosses _surprise;
    private readonly RowLosses _squares;
    private readonly CalibrationBins _bins;
    private readonly string[] _classes;

    public BinaryFrame(ScoredRows rows, bool again)
    {
        _ranking = rows.Ranking;
        int[] labels = Gather.From(rows.Labels, _ranking.Order);
        _positive = [.. labels.Select(label => label == 1)];
        Weights = rows.Weights.Take(_ranking.Order);
        _classes = [.. rows.Classes];
        _firstPredicted = _ranking.FirstAtLeast(0.5);
        _surprise = new RowLosses(labels.Length, again, i => BinaryMetrics.Surprise(_positive[i] ? Score(i) : 1 - Score(i)));
        _squares = new RowLosses(labels.Length, again, i => (Score(i) - (_positive[i] ? 1 : 0)) * (Score(i) - (_positive[i] ? 1 : 0)));
        _bins = CalibrationBins.Uniform(_ranking.Scores, _positive, Calibration.DefaultBins);
    }

    public override RowWeights Weights { get; }

    public override int ClassAt(int place) => _positive[place] ? 1 : 0;

    public override MetricSet Compute(RowWeights weights)
    {
        ClassCounts counts = Count(weights.Values);
        (string no, string yes) = (_classes[0], _classes[1]);
        string neither = $"class '{yes}' occurs neither in the truth nor among the predictions";
        string oneClass = $"all {_positive.Length} rows are of class '{(counts.Actual(1) > 0 ? yes : no)}'; it needs both";
        string constant = counts.Actual(0) == 0 || counts.Actual(1) == 0 ? oneClass : $"all rows are predicted as '{(counts.Predicted(1) > 0 ? yes : no)}'; it needs both";
        return new MetricSetBuilder()
            .Add("auc", _ranking.Auc(_positive, weights.Values), oneClass)
            .Add("averagePrecision", _ranking.AveragePrecision(_positive, weights.Values), $"no row is of class '{yes}'")
            .Add("logLoss", _surprise.Mean(weights), "")
            .Add("accuracy", counts.Accuracy, "")
            .Add("balancedAccuracy", counts.BalancedAccuracy(), "")
            .Add("f1", counts.F(1), neither)
            .Add("f2", counts.F(1, 2), neither)
            .Add("f05", counts.F(1, 0.5), neither)
            .Add("precision", counts.Precision(1), $"no row is predicted as '{yes}'")
            .Add("recall", counts.Recall(1), $"no row is of class '{yes}'")
            .Add("specificity", counts.Recall(0), $"no row is of class '{no}'")
            .Add("npv", counts.Precision(0), $"no row is predicted as '{no}'")
            .Add("jaccard", counts.Jaccard(1), neither)
            .Add("mcc", counts.Matthews(), constant)
            .Add("kappa", counts.Kappa(KappaWeights.None), "truth and predictions are of one and the same class")
            .Add("brier", _squares.Mean(weights), "")
            .Add("ece", _bins.Error(weights.Values), "")
            .Build();
    }

    /// <summary>Rows from the threshold on are predicted positive.</summary>
    private ClassCounts Count(ReadOnlySpan<double> weights)
    {
        var counts = new double[4];
        for (int i = 0; i < weights.Length; i++)
            counts[(_positive[i] ? 2 : 0) + (i >= _firstPredicted ? 1 : 0)] += weights[i];
        return new ClassCounts(2, counts);
    }

    private double Score(int place) => _ranking.Scores[place];
}
