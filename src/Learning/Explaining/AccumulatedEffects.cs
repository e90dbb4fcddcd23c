using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Explaining;

/// <summary>
/// Accumulated local effects of one input (Apley and Zhu, JRSS B 82, 2020) of any model: the mean change of the score from the lower to the upper
/// edge of each quantile bin, over the rows in it, added up and centred on 0 over the rows. Unlike partial dependence it never asks far
/// from the data. Levels of a category stand in the model's order (the paper orders them by how alike they are); the change from one to
/// the next is the mean over the rows of both. Levels that no row has are no points, and edges are values that rows have (quantiles of type 1,
/// as ALEPlot's), so that no bin is without rows, whose change nobody could tell. Rows in which the input is missing are left out.
/// </summary>
public static class AccumulatedEffects
{
    /// <exception cref="MlOpsException">Invalid <c>explain-feature</c>, <c>explain-effect</c>; as of <see cref="IModel.Score"/>.</exception>
    public static FeatureEffect Of(IModel model, Table rows, string feature, EffectOptions options, CancellationToken cancellationToken)
    {
        var input = new EffectInput(model, rows, feature, options);
        double[] numbers = input.Numbers();
        double[] edges = input.IsCategory ? [.. numbers.Where(n => !double.IsNaN(n)).Distinct().Order()] : input.ObservedGrid(options.Points);
        if (edges.Length == 0)
            throw input.IsMissing();
        cancellationToken.ThrowIfCancellationRequested();
        (double[] change, int[] counts) = input.IsCategory ? ChangeOfLevels(input, numbers, edges) : ChangeOfBins(input, numbers, edges);
        cancellationToken.ThrowIfCancellationRequested();
        double[][] effects = Accumulate(change, edges.Length, input.OutputNames.Count);
        Centre(effects, counts, input.IsCategory);
        return new(feature, "ale", input.OutputNames, [.. edges.Select((edge, i) => input.Point(edge, effects[i]))]);
    }

    /// <summary>Mean change over each bin, bins x outputs, and the rows in it; bin b ends at edge b + 1.</summary>
    private static (double[] Change, int[] Counts) ChangeOfBins(EffectInput input, double[] numbers, double[] edges)
    {
        int[] rows = [.. Enumerable.Range(0, numbers.Length).Where(row => !double.IsNaN(numbers[row]))];
        int[] bins = [.. rows.Select(row => Bin(edges, numbers[row]))];
        Table table = input.Rows.Take(rows);
        if (edges.Length < 2)
            return ([], []);
        return Means(bins, input.ScoreAt(table, bins.Select(b => edges[b])), input.ScoreAt(table, bins.Select(b => edges[b + 1])), edges.Length - 1, input.OutputNames.Count);
    }

    /// <summary>Mean change from each level that occurs to the next one, over the rows of both; and the rows of each level.</summary>
    private static (double[] Change, int[] Counts) ChangeOfLevels(EffectInput input, double[] numbers, double[] levels)
    {
        (int Row, int Place)[] rows = [.. Enumerable.Range(0, numbers.Length).Where(row => !double.IsNaN(numbers[row])).Select(row => (row, Array.BinarySearch(levels, numbers[row])))];
        var counts = new int[levels.Length];
        foreach ((_, int place) in rows)
            counts[place]++;
        if (levels.Length < 2)
            return ([], counts);
        (int Row, int Step)[] steps = [.. rows.SelectMany(r => ((int, int)[])[(r.Row, r.Place - 1), (r.Row, r.Place)]).Where(s => s.Item2 >= 0 && s.Item2 < levels.Length - 1)];
        Table table = input.Rows.Take([.. steps.Select(s => s.Row)]);
        int[] at = [.. steps.Select(s => s.Step)];
        return (Means(at, input.ScoreAt(table, at.Select(s => levels[s])), input.ScoreAt(table, at.Select(s => levels[s + 1])), levels.Length - 1, input.OutputNames.Count).Change, counts);
    }

    private static (double[] Change, int[] Counts) Means(int[] bins, double[] lower, double[] upper, int count, int outputs)
    {
        (double[] change, int[] counts) = (new double[count * outputs], new int[count]);
        for (int i = 0; i < bins.Length; i++)
        {
            counts[bins[i]]++;
            for (int k = 0; k < outputs; k++)
                change[(bins[i] * outputs) + k] += upper[(i * outputs) + k] - lower[(i * outputs) + k];
        }

        for (int i = 0; i < change.Length; i++)
            change[i] /= counts[i / outputs];
        return (change, counts);
    }

    private static double[][] Accumulate(double[] change, int points, int outputs)
    {
        var effects = new double[points][];
        effects[0] = new double[outputs];
        for (int p = 1; p < points; p++)
            effects[p] = [.. effects[p - 1].Select((e, k) => e + change[((p - 1) * outputs) + k])];
        return effects;
    }

    /// <summary>Takes the mean over the rows away: of a bin's rows the mean of its two edges, of a level's its own effect.</summary>
    private static void Centre(double[][] effects, int[] counts, bool levels)
    {
        double rows = Math.Max(1, counts.Sum());
        for (int k = 0; k < effects[0].Length; k++)
        {
            double mean = counts.Select((count, i) => count * (levels ? effects[i][k] : (effects[i][k] + effects[i + 1][k]) / 2)).Sum() / rows;
            foreach (double[] effect in effects)
                effect[k] -= mean;
        }
    }

    /// <summary>The first bin holds its lower edge, every bin its upper one.</summary>
    private static int Bin(double[] edges, double value)
    {
        int at = Array.BinarySearch(edges, value);
        return Math.Clamp((at < 0 ? ~at : at) - 1, 0, Math.Max(0, edges.Length - 2));
    }
}
