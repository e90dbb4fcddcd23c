namespace MlOps.Learning.Metrics;

/// <summary>AUCs of a multiclass task, over the classes that the truth has. NaN with one of them.</summary>
/// <param name="Macro">Mean of one class against the rest.</param>
/// <param name="Weighted">The same, by the classes' weight in the truth.</param>
/// <param name="PairsMacro">Mean over the pairs of classes of the mean of both directions: Hand and Till 2001.</param>
/// <param name="PairsWeighted">The same, by the pairs' weight.</param>
/// <param name="AveragePrecision">Mean of one class against the rest.</param>
internal sealed record ClassAucs(double Macro, double Weighted, double PairsMacro, double PairsWeighted, double AveragePrecision);

/// <summary>
/// The rows once in the order of each class's probability. One pass over an order gives the class's AUC against the rest, its average
/// precision, and its AUC against every other class.
/// </summary>
internal sealed class MulticlassRanking(ScoredRows rows, bool keep)
{
    private readonly Ranking?[] _kept = new Ranking?[rows.Classes.Count];

    public ClassAucs Compute(ReadOnlySpan<double> weights)
    {
        double[] sizes = Sizes(weights);
        int[] present = [.. Enumerable.Range(0, sizes.Length).Where(k => sizes[k] > 0)];
        var pairs = new double[sizes.Length, sizes.Length];
        var aucs = new double[sizes.Length];
        double precision = 0;
        foreach (int k in present)
        {
            Ranking ranking = RankingOf(k);
            aucs[k] = new ClassPass(ranking, rows.Labels, weights, sizes, k).AgainstAll(pairs);
            precision += AveragePrecision(ranking, k, weights) / present.Length;
        }

        return present.Length < 2 ? new(double.NaN, double.NaN, double.NaN, double.NaN, precision) : Sum(present, sizes, aucs, pairs, precision);
    }

    /// <summary>The rows by the probability of a class; 0 for one that the model does not know.</summary>
    public Ranking RankingOf(int k)
    {
        if (_kept[k] is { } kept)
            return kept;
        var scores = new double[rows.Count];
        for (int i = 0; i < scores.Length && k < rows.Known; i++)
            scores[i] = rows.Scores[(i * rows.Known) + k];
        var ranking = new Ranking(scores);
        return keep ? _kept[k] = ranking : ranking;
    }

    private double AveragePrecision(Ranking ranking, int k, ReadOnlySpan<double> weights)
    {
        (bool[] positive, double[] placed) = (new bool[weights.Length], new double[weights.Length]);
        for (int place = 0; place < placed.Length; place++)
            (positive[place], placed[place]) = (rows.Labels[ranking.Order[place]] == k, weights[ranking.Order[place]]);
        return ranking.AveragePrecision(positive, placed);
    }

    private static ClassAucs Sum(int[] present, double[] sizes, double[] aucs, double[,] pairs, double precision)
    {
        double all = sizes.Sum(), macro = 0, weighted = 0, pairsWeighted = 0, pairsWeight = 0;
        for (int i = 0; i < present.Length; i++)
        {
            for (int j = i + 1; j < present.Length; j++)
            {
                (int a, int b) = (present[i], present[j]);
                double pair = (pairs[a, b] + pairs[b, a]) / 2;
                macro += pair;
                pairsWeighted += pair * (sizes[a] + sizes[b]);
                pairsWeight += sizes[a] + sizes[b];
            }

            weighted += aucs[present[i]] * sizes[present[i]] / all;
        }

        return new(present.Average(k => aucs[k]), weighted, macro * 2 / (present.Length * (present.Length - 1.0)), pairsWeighted / pairsWeight, precision);
    }

    private double[] Sizes(ReadOnlySpan<double> weights)
    {
        var sizes = new double[rows.Classes.Count];
        for (int i = 0; i < weights.Length; i++)
            sizes[rows.Labels[i]] += weights[i];
        return sizes;
    }
}

/// <summary>One pass over the rows in the order of the probability of one class.</summary>
internal readonly ref struct ClassPass(Ranking ranking, int[] labels, ReadOnlySpan<double> weights, double[] sizes, int k)
{
    private readonly ReadOnlySpan<double> _weights = weights;

    /// <summary>Writes the AUC against each other class into row k of the pairs, and returns that against all of them.</summary>
    public double AgainstAll(double[,] pairs)
    {
        var won = new double[sizes.Length];
        double passed = 0;
        for (int start = 0, end; start < labels.Length; start = end)
        {
            (end, double tied) = Tied(start);
            double ahead = sizes[k] - passed - (tied / 2);
            for (int place = start; place < end; place++)
                won[labels[ranking.Order[place]]] += _weights[ranking.Order[place]] * ahead;
            passed += tied;
        }

        double others = 0, wins = 0;
        for (int other = 0; other < sizes.Length; other++)
        {
            if (other == k || sizes[other] == 0)
                continue;
            pairs[k, other] = won[other] / (sizes[k] * sizes[other]);
            (others, wins) = (others + sizes[other], wins + won[other]);
        }

        return wins / (sizes[k] * others);
    }

    private (int End, double Tied) Tied(int start)
    {
        int end = start;
        double tied = 0;
        for (; end < labels.Length && ranking.Scores[end] == ranking.Scores[start]; end++)
            tied += labels[ranking.Order[end]] == k ? _weights[ranking.Order[end]] : 0;
        return (end, tied);
    }
}
