namespace MlOps.Learning.Metrics;

/// <summary>Rows of a multiclass task.</summary>
internal sealed class MulticlassFrame : MetricFrame
{
    private readonly ScoredRows _rows;
    private readonly int[] _predicted;
    private readonly MulticlassRanking _ranking;
    private readonly RowLosses _surprise;
    private readonly CalibrationBins _bins;
    private readonly int[] _above;

    public MulticlassFrame(ScoredRows rows, bool again)
    {
        _rows = rows;
        _predicted = rows.Predicted();
        _ranking = new MulticlassRanking(rows, again);
        _above = TopK.Above(rows.Scores, rows.Known, rows.Labels);
        _surprise = new RowLosses(rows.Count, again, i => BinaryMetrics.Surprise(Probability(i, rows.Labels[i])));
        _bins = CalibrationBins.Uniform([.. _predicted.Select((k, i) => Probability(i, k))], [.. _predicted.Select((k, i) => k == rows.Labels[i])], Calibration.DefaultBins);
    }

    public override RowWeights Weights => _rows.Weights;

    public override int ClassAt(int place) => _rows.Labels[place];

    public override MetricSet Compute(RowWeights weights)
    {
        ClassCounts counts = ClassCounts.Of(_rows.Classes.Count, _rows.Labels, _predicted, weights.Values);
        ClassAucs aucs = _ranking.Compute(weights.Values);
        string oneClass = $"all {_rows.Count} rows are of class '{_rows.Classes[_rows.Labels[0]]}'; it needs two";
        MetricSetBuilder metrics = new MetricSetBuilder()
            .Add("logLoss", _surprise.Mean(weights), "")
            .Add("accuracy", counts.Accuracy, "")
            .Add("ece", _bins.Error(weights.Values), "")
            .Add("macroF1", counts.Macro(k => counts.F(k)), "")
            .Add("microF1", counts.Accuracy, "")
            .Add("weightedF1", counts.Weighted(k => counts.F(k)), "")
            .Add("macroPrecision", counts.Macro(counts.Precision), "")
            .Add("weightedPrecision", counts.Weighted(counts.Precision), "")
            .Add("macroRecall", counts.Macro(counts.Recall), "")
            .Add("balancedAccuracy", counts.BalancedAccuracy(), "")
            .Add("auc", aucs.Macro, oneClass)
            .Add("aucWeighted", aucs.Weighted, oneClass)
            .Add("aucOvo", aucs.PairsMacro, oneClass)
            .Add("aucOvoWeighted", aucs.PairsWeighted, oneClass)
            .Add("macroAveragePrecision", aucs.AveragePrecision, "")
            .Add("mcc", counts.Matthews(), "the truth, or the predictions, are of one class; it needs two")
            .Add("kappa", counts.Kappa(KappaWeights.None), "truth and predictions are of one and the same class")
            .Add("kappaLinear", counts.Kappa(KappaWeights.Linear), "truth and predictions are of one and the same class")
            .Add("kappaQuadratic", counts.Kappa(KappaWeights.Quadratic), "truth and predictions are of one and the same class");
        foreach (int k in TopK.Sizes)
            metrics.Add(TopK.Name(k), k < _rows.Known ? TopK.Accuracy(_above, k, weights) : double.NaN, $"the model has {_rows.Known} classes, so the first {k} are all of them");
        return metrics.Build();
    }

    private double Probability(int row, int k) => k < _rows.Known ? _rows.Scores[(row * _rows.Known) + k] : 0;
}
