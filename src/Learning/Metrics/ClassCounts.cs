namespace MlOps.Learning.Metrics;

/// <summary>How far classes that stand in an order are apart, for Cohen's kappa.</summary>
internal enum KappaWeights
{
    /// <summary>Two different classes are as far apart as any.</summary>
    None,

    /// <summary>By the difference of their places.</summary>
    Linear,

    /// <summary>By its square.</summary>
    Quadratic,
}

/// <summary>The weight of rows by true class (row-major, outer) and predicted class, and what follows from it. A ratio without weight below is NaN.</summary>
internal sealed class ClassCounts
{
    private readonly double[] _counts;
    private readonly double[] _actual;
    private readonly double[] _predicted;

    public ClassCounts(int classes, double[] counts)
    {
        (Classes, _counts, _actual, _predicted) = (classes, counts, new double[classes], new double[classes]);
        for (int i = 0; i < counts.Length; i++)
        {
            _actual[i / classes] += counts[i];
            _predicted[i % classes] += counts[i];
            All += counts[i];
            Right += i / classes == i % classes ? counts[i] : 0;
        }
    }

    public int Classes { get; }

    public double All { get; }

    /// <summary>Rows predicted as they are.</summary>
    public double Right { get; }

    public static ClassCounts Of(int classes, ReadOnlySpan<int> truth, ReadOnlySpan<int> predicted, ReadOnlySpan<double> weights)
    {
        var counts = new double[classes * classes];
        for (int i = 0; i < truth.Length; i++)
            counts[(truth[i] * classes) + predicted[i]] += weights[i];
        return new ClassCounts(classes, counts);
    }

    /// <summary>By true class (outer) and predicted class.</summary>
    public IReadOnlyList<IReadOnlyList<double>> Matrix() => [.. _counts.Chunk(Classes)];

    public double Of(int truth, int predicted) => _counts[(truth * Classes) + predicted];

    public double Actual(int k) => _actual[k];

    public double Predicted(int k) => _predicted[k];

    public double Accuracy => Right / All;

    public double Precision(int k) => Of(k, k) / _predicted[k];

    public double Recall(int k) => Of(k, k) / _actual[k];

    /// <summary>Share of the other classes' rows that are not predicted as this one.</summary>
    public double Specificity(int k) => (All - _actual[k] - _predicted[k] + Of(k, k)) / (All - _actual[k]);

    /// <summary>(1 + b^2) TP / ((1 + b^2) TP + b^2 FN + FP), van Rijsbergen 1979; NaN when the class occurs neither in truth nor in prediction.</summary>
    public double F(int k, double beta = 1)
    {
        double square = beta * beta;
        return (1 + square) * Of(k, k) / ((square * _actual[k]) + _predicted[k]);
    }

    /// <summary>TP / (TP + FP + FN).</summary>
    public double Jaccard(int k) => Of(k, k) / (_actual[k] + _predicted[k] - Of(k, k));

    /// <summary>Mean recall of the classes that the truth has (Brodersen et al. 2010).</summary>
    public double BalancedAccuracy() => MeanOver(k => _actual[k] > 0, Recall);

    /// <summary>Mean over the classes in truth or prediction; a ratio without weight below counts as 0, as in scikit-learn.</summary>
    public double Macro(Func<int, double> ratio) => MeanOver(k => _actual[k] + _predicted[k] > 0, k => OrZero(ratio(k)));

    /// <summary>Mean over the classes by their weight in the truth.</summary>
    public double Weighted(Func<int, double> ratio) => Occurring(k => _actual[k] > 0).Sum(k => OrZero(ratio(k)) * _actual[k]) / All;

    /// <summary>Matthews' correlation coefficient of any number of classes (Gorodkin 2004); NaN when truth or prediction is of one class.</summary>
    public double Matthews()
    {
        if (OneClass(_actual) || OneClass(_predicted))
            return double.NaN;
        (double[] truth, double[] predicted, double all) = (Scaled(_actual), Scaled(_predicted), Scaled(All));
        double covariance = (Scaled(Right) * all) - Products(truth, predicted);
        double ofTruth = (all * all) - Products(truth, truth), ofPrediction = (all * all) - Products(predicted, predicted);
        return ofTruth > 0 && ofPrediction > 0 ? covariance / Math.Sqrt(ofTruth * ofPrediction) : double.NaN;
    }

    /// <summary>1 - observed over expected disagreement (Cohen 1960; weighted 1968); NaN when truth and prediction are of one and the same class.</summary>
    public double Kappa(KappaWeights weights)
    {
        (double[] truth, double[] predicted) = (Scaled(_actual), Scaled(_predicted));
        double observed = 0, expected = 0;
        for (int i = 0; i < _counts.Length; i++)
        {
            double apart = Apart(Math.Abs((i / Classes) - (i % Classes)), weights);
            observed += apart * _counts[i];
            expected += apart * truth[i / Classes] * predicted[i % Classes];
        }

        return expected == 0 ? double.NaN : 1 - (Scaled(observed) * Scaled(All) / expected);
    }

    private double MeanOver(Func<int, bool> which, Func<int, double> ratio) => Occurring(which).Select(ratio).DefaultIfEmpty(double.NaN).Average();

    private IEnumerable<int> Occurring(Func<int, bool> does) => Enumerable.Range(0, Classes).Where(does);

    private static double Apart(int places, KappaWeights weights) => weights switch
    {
        KappaWeights.Linear => places,
        KappaWeights.Quadratic => (double)places * places,
        _ => Math.Min(places, 1),
    };

    private static double OrZero(double ratio) => double.IsNaN(ratio) ? 0 : ratio;

    // By counting, since the difference of two rounded squares need not be 0.
    private static bool OneClass(double[] marginal) => marginal.Count(m => m > 0) < 2;

    private double[] Scaled(double[] marginal) => [.. marginal.Select(m => Scaled(m))];

    /// <summary>By the power of two that brings all rows to [1, 2): products of weights then neither overflow nor vanish, and nothing is rounded.</summary>
    private double Scaled(double weight) => Math.ScaleB(weight, -Math.ILogB(All));

    private static double Products(double[] left, double[] right) => left.Zip(right, (a, b) => a * b).Sum();
}
