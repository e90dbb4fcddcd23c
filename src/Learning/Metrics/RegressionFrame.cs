namespace MlOps.Learning.Metrics;

/// <summary>Rows of a regression.</summary>
internal sealed class RegressionFrame : MetricFrame
{
    private const string NotFinite = "the errors are not finite";
    private const string NoQuantile = "the model was not trained for a quantile (objective = quantile)";

    private readonly double[] _predicted;
    private readonly double[] _truth;
    private readonly Ranking _errors;
    private readonly RegressionLoss[] _losses;
    private readonly Dictionary<string, RowLosses> _means;
    private readonly Dictionary<string, string> _undefined;

    public RegressionFrame(ScoredRows rows, bool again)
    {
        (_predicted, _truth, Weights) = (rows.Scores.ToArray(), rows.Targets, rows.Weights);
        _errors = new Ranking([.. _truth.Zip(_predicted, ErrorOf)]);
        _losses = [.. RegressionLosses.All, .. rows.Quantile is { } quantile ? [RegressionLosses.OfQuantile(quantile)] : Array.Empty<RegressionLoss>()];
        _means = _losses.ToDictionary(l => l.Name, l => new RowLosses(_truth.Length, again, i => l.Of(_truth[i], _predicted[i])));
        _undefined = _losses.Select(l => (l.Name, Why: l.WhyUndefined(_truth, _predicted))).Where(l => l.Why is not null).ToDictionary(l => l.Name, l => l.Why!);
    }

    public override RowWeights Weights { get; }

    public override int ClassAt(int place) => 0;

    public override MetricSet Compute(RowWeights weights)
    {
        double squares = _means["mse"].Mean(weights);
        string? constant = Constant(weights.Values);
        string unexplained = constant ?? NotFinite;
        double variance = constant is null ? Variance(i => _truth[i], weights) : double.NaN, ofErrors = Variance(i => _truth[i] - _predicted[i], weights);
        MetricSetBuilder metrics = new MetricSetBuilder()
            .Add("rmse", Math.Sqrt(squares), NotFinite)
            .Add("mae", Mean("mae", weights), NotFinite)
            .Add("r2", Explained(squares, variance), unexplained)
            .Add("mse", squares, NotFinite)
            .Add("medianAbsoluteError", Median(weights), NotFinite)
            .Add("maxError", MaxError(weights.Values), NotFinite)
            .Add("explainedVariance", Explained(ofErrors, variance), unexplained);
        foreach (RegressionLoss loss in _losses.Where(l => l.Name is not ("mse" or "mae")))
            metrics.Add(loss.Name, Mean(loss.Name, weights), _undefined.GetValueOrDefault(loss.Name, NotFinite));
        if (!_means.ContainsKey(RegressionLosses.OwnPinball))
            metrics.Add(RegressionLosses.OwnPinball, double.NaN, NoQuantile);
        return metrics.Build();
    }

    private double Mean(string name, RowWeights weights) => _undefined.ContainsKey(name) ? double.NaN : _means[name].Mean(weights);

    private static double Explained(double unexplained, double variance) => variance == 0 ? double.NaN : 1 - (unexplained / variance);

    /// <summary>Why there is nothing to explain. By value, since the weighted variance of equal numbers need not be 0.</summary>
    private string? Constant(ReadOnlySpan<double> weights)
    {
        int first = weights.IndexOfAnyExcept(0.0), rows = 0;
        for (int i = first; i < weights.Length; i++)
        {
            if (weights[i] > 0 && _truth[i] != _truth[first])
                return null;
            rows += weights[i] > 0 ? 1 : 0;
        }

        return $"the target is {_truth[first]:R} in all {rows} rows" + (rows < weights.Length ? " that weigh" : "");
    }

    /// <summary>Infinite where truth and prediction both are.</summary>
    private static double ErrorOf(double truth, double predicted) => Math.Abs(truth - predicted) is >= 0 and var error ? error : double.PositiveInfinity;

    private static double Variance(Func<int, double> of, RowWeights weights)
    {
        ReadOnlySpan<double> values = weights.Values;
        double mean = 0, sum = 0;
        for (int i = 0; i < values.Length; i++)
            mean += values[i] * of(i);
        mean /= weights.Sum;
        for (int i = 0; i < values.Length; i++)
            sum += values[i] * (of(i) - mean) * (of(i) - mean);
        return sum / weights.Sum;
    }

    /// <summary>Of rows that repeat, the middle one or the mean of the two middle ones; of weights, the least error up to which half the weight lies, as scikit-learn.</summary>
    private double Median(RowWeights weights)
    {
        if (!weights.Repeats)
        {
            double half = RunningSum(weights.Values) / 2;
            return ErrorAt(weights, below => below >= half);
        }

        double last = weights.Sum - 1;
        return (ErrorAt(weights, below => below > Math.Floor(last / 2)) + ErrorAt(weights, below => below > Math.Ceiling(last / 2))) / 2;
    }

    /// <summary>In the order of the errors: in another order the last bit may differ, and half of it fall behind the row at which it lies.</summary>
    private double RunningSum(ReadOnlySpan<double> weights)
    {
        double sum = 0;
        foreach (int row in _errors.Order)
            sum += weights[row];
        return sum;
    }

    private double ErrorAt(RowWeights weights, Func<double, bool> reached)
    {
        ReadOnlySpan<double> values = weights.Values;
        double below = 0;
        for (int place = 0; place < values.Length; place++)
        {
            below += values[_errors.Order[place]];
            if (reached(below))
                return _errors.Scores[place];
        }

        return _errors.Scores[^1];
    }

    private double MaxError(ReadOnlySpan<double> weights)
    {
        int place = weights.Length - 1;
        while (place > 0 && weights[_errors.Order[place]] == 0)
            place--;
        return _errors.Scores[place];
    }
}
