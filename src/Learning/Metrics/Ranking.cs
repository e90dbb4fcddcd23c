namespace MlOps.Learning.Metrics;

/// <summary>
/// Rows in the order of a score, sorted once for all that looks at ranks: AUC, average precision, curves, gains. Rows of one score are one
/// step, so that the order among them never counts.
/// </summary>
internal sealed class Ranking
{
    private readonly double[] _scores;

    /// <exception cref="ArgumentException">A score is NaN, which has no place in an order.</exception>
    public Ranking(ReadOnlySpan<double> scores)
    {
        _scores = scores.ToArray();
        Order = new int[scores.Length];
        for (int i = 0; i < Order.Length; i++)
            Order[i] = i;
        Array.Sort(_scores, Order);
        // NaN is sorted before all numbers.
        if (_scores.Length > 0 && double.IsNaN(_scores[0]))
            throw new ArgumentException($"score {Order[0] + 1} is not a number", nameof(scores));
    }

    /// <summary>Ascending.</summary>
    public ReadOnlySpan<double> Scores => _scores;

    /// <summary>The row that stands at a place.</summary>
    public int[] Order { get; }

    /// <summary>The first place of the scores that are at least so high.</summary>
    public int FirstAtLeast(double score)
    {
        int from = 0, to = _scores.Length;
        while (from < to)
        {
            int middle = (from + to) >>> 1;
            (from, to) = _scores[middle] < score ? (middle + 1, to) : (from, middle);
        }

        return from;
    }

    /// <summary>
    /// Area under the ROC curve as the Mann-Whitney statistic with midranks (Hanley and McNeil 1982): the share of pairs, by the product of
    /// their weights, in which the positive row scores above the negative one, ties counting one half. NaN when only one class weighs.
    /// </summary>
    /// <param name="positive">By place.</param>
    /// <param name="weights">By place.</param>
    public double Auc(ReadOnlySpan<bool> positive, ReadOnlySpan<double> weights)
    {
        double wins = 0, below = 0, positives = 0;
        for (int start = 0, end; start < _scores.Length; start = end)
        {
            (end, double tied, double others) = Step(start, positive, weights);
            wins += tied * (below + (others / 2));
            below += others;
            positives += tied;
        }

        return wins / (positives * below);
    }

    /// <summary>
    /// Sum over the distinct scores, from the highest, of the precision there times the recall gained: no interpolation, as scikit-learn
    /// (Davis and Goadrich 2006 on why not). NaN without a positive row.
    /// </summary>
    /// <param name="positive">By place.</param>
    /// <param name="weights">By place.</param>
    public double AveragePrecision(ReadOnlySpan<bool> positive, ReadOnlySpan<double> weights)
    {
        double sum = 0, hits = 0, all = 0;
        for (int end = _scores.Length, start; end > 0; end = start)
        {
            double tied = 0, others = 0;
            for (start = end; start > 0 && _scores[start - 1] == _scores[end - 1]; start--)
                (tied, others) = positive[start - 1] ? (tied + weights[start - 1], others) : (tied, others + weights[start - 1]);
            hits += tied;
            all += tied + others;
            sum += tied == 0 ? 0 : tied * hits / all;
        }

        return sum / hits;
    }

    /// <summary>The place behind the rows of one score, and what its positive and other rows weigh.</summary>
    private (int End, double Positives, double Negatives) Step(int start, ReadOnlySpan<bool> positive, ReadOnlySpan<double> weights)
    {
        int end = start;
        double tied = 0, others = 0;
        for (; end < _scores.Length && _scores[end] == _scores[start]; end++)
        {
            if (positive[end])
                tied += weights[end];
            else
                others += weights[end];
        }

        return (end, tied, others);
    }
}
