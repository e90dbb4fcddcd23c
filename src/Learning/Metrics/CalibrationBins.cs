using MlOps.Learning.Statistics;

namespace MlOps.Learning.Metrics;

/// <summary>Rows with the bin of each.</summary>
internal sealed class CalibrationBins
{
    private readonly double[] _edges;
    private readonly double[] _scores;
    private readonly bool[] _happened;
    private readonly int[] _bin;

    private CalibrationBins(double[] edges, double[] scores, bool[] happened)
    {
        (_edges, _scores, _happened, _bin) = (edges, scores, happened, new int[scores.Length]);
        double[] inner = edges[1..^1];
        for (int i = 0; i < scores.Length; i++)
            _bin[i] = Below(inner, scores[i]);
    }

    public static CalibrationBins Uniform(ReadOnlySpan<double> scores, ReadOnlySpan<bool> happened, int bins) =>
        new([.. Enumerable.Range(0, bins).Select(b => b * (1.0 / bins)), 1], scores.ToArray(), happened.ToArray());

    public static CalibrationBins Quantile(ReadOnlySpan<double> scores, ReadOnlySpan<bool> happened, int bins)
    {
        double[] sorted = scores.ToArray();
        Array.Sort(sorted);
        return new([.. Enumerable.Range(0, bins + 1).Select(b => Quantiles.Type7(sorted, (double)b / bins))], scores.ToArray(), happened.ToArray());
    }

    public double Error(ReadOnlySpan<double> weights)
    {
        (_, double[] sums, double[] predicted, double[] hits) = Sums(weights);
        double error = 0;
        for (int b = 0; b < sums.Length; b++)
            error += Math.Abs(hits[b] - predicted[b]);
        return error / sums.Sum();
    }

    public IReadOnlyList<CalibrationBin> Table(ReadOnlySpan<double> weights)
    {
        (long[] rows, double[] sums, double[] predicted, double[] hits) = Sums(weights);
        return [.. rows.Select((count, b) => new CalibrationBin(_edges[b], _edges[b + 1], count, sums[b] == 0 ? null : predicted[b] / sums[b], sums[b] == 0 ? null : hits[b] / sums[b]))];
    }

    private (long[] Rows, double[] Weights, double[] Predicted, double[] Hits) Sums(ReadOnlySpan<double> weights)
    {
        int bins = _edges.Length - 1;
        (long[] rows, double[] sums, double[] predicted, double[] hits) = (new long[bins], new double[bins], new double[bins], new double[bins]);
        for (int i = 0; i < weights.Length; i++)
        {
            int b = _bin[i];
            rows[b] += weights[i] > 0 ? 1 : 0;
            sums[b] += weights[i];
            predicted[b] += weights[i] * _scores[i];
            hits[b] += _happened[i] ? weights[i] : 0;
        }

        return (rows, sums, predicted, hits);
    }

    /// <summary>How many edges are below a score: one on an edge belongs to the bin that ends there.</summary>
    private static int Below(double[] inner, double score)
    {
        int from = 0, to = inner.Length;
        while (from < to)
        {
            int middle = (from + to) >>> 1;
            (from, to) = inner[middle] < score ? (middle + 1, to) : (from, middle);
        }

        return from;
    }
}
