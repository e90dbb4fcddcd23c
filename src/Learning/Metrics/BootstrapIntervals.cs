using MlOps.Learning.Statistics;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Metrics;

/// <summary>
/// Percentile bootstrap intervals (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13): rows are drawn with replacement
/// as often as there are rows, and the interval is cut from the values of the resamples. Classification draws within each true class
/// (their section 8.3, stratified as for two samples), so that every resample has every class and each metric its value; it takes the classes'
/// shares as given. A resample only changes how often a row counts, so nothing is sorted again.
/// </summary>
internal static class BootstrapIntervals
{
    /// <summary>A metric that fewer of the resamples have gets no interval.</summary>
    private const double Enough = 0.9;

    public static IReadOnlyDictionary<string, MetricInterval> Of(ScoredRows rows, IntervalOptions options, CancellationToken cancellationToken)
    {
        options.Check();
        MetricFrame frame = MetricFrame.Of(rows, again: true);
        MetricSet all = frame.Compute(frame.Weights);
        var values = new MetricSet[options.ResamplesOf(rows.Count)];
        Strata strata = Strata.Of(frame);
        new Workers(options.Threads, cancellationToken).Run(values.Length, r =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            values[r] = frame.Compute(strata.Draw(SeededRandom.Derive(options.Seed, (ulong)r), frame.Weights));
        });
        return all.Values.Keys
            .Select(name => (name, Interval: Cut([.. values.Select(v => v.Find(name)).OfType<double>()], values.Length, options.Level)))
            .Where(i => i.Interval is not null).ToDictionary(i => i.name, i => i.Interval!);
    }

    private static MetricInterval? Cut(double[] values, int resamples, double level)
    {
        if (values.Length < Enough * resamples)
            return null;
        Array.Sort(values);
        return new(Quantiles.Type7(values, (1 - level) / 2), Quantiles.Type7(values, (1 + level) / 2), level, values.Length);
    }

    /// <summary>The places of the rows that weigh, one class behind the other: a resample of nothing but rows of weight 0 would have no metric.</summary>
    private sealed class Strata(int[] places, int[] ends)
    {
        public static Strata Of(MetricFrame frame)
        {
            double[] weights = frame.Weights.Values.ToArray();
            int[] places = [.. Enumerable.Range(0, weights.Length).Where(place => weights[place] > 0)];
            int[] classes = [.. places.Select(frame.ClassAt)];
            Array.Sort(classes, places);
            return new(places, [.. Enumerable.Range(1, places.Length).Where(i => i == places.Length || classes[i] != classes[i - 1])]);
        }

        public RowWeights Draw(SeededRandom random, RowWeights weights)
        {
            var drawn = new double[weights.Values.Length];
            int start = 0;
            foreach (int end in ends)
            {
                for (int i = start; i < end; i++)
                {
                    int place = places[start + random.Next(end - start)];
                    drawn[place] += weights.Values[place];
                }

                start = end;
            }

            return new RowWeights(drawn, weights.Repeats);
        }
    }
}
