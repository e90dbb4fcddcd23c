using System.Runtime.Intrinsics;

namespace MlOps.Learning.Trainers.Boosting;

/// <summary>Some rows of a tree in coarse levels of some numbers: level 0 up to <see cref="Cuts"/> in the number's order, each with about as much hessian, and <see cref="MissingLevel"/>.</summary>
internal sealed class CoarseRows
{
    public const int Levels = 8;

    public const int Cuts = Levels - 1;

    public const int MissingLevel = Levels;

    private const double GaussKurtosis = 3;

    private readonly byte[] _levels;

    private CoarseRows(int[] features, int[][] lastBins, byte[] levels, long[] words, GradientUnits units)
    {
        (Features, LastBins, _levels, Words, Units) = (features, lastBins, levels, words, units);
        double squares = 0, fourths = 0;
        foreach (long word in words)
        {
            double gradient = (word >> 32) * units.Gradient, square = gradient * gradient;
            squares += square;
            fourths += square * square;
            Weight += (int)word * units.Hessian;
        }

        Noise = Weight > 0 ? squares / Weight : 0;
        Tails = squares > 0 ? Math.Max(1, words.Length * fourths / (squares * squares) / GaussKurtosis) : 1;
    }

    public int Count => Words.Length;

    public int[] Features { get; }

    /// <summary>Of each feature the last bin of each level but the highest that bins fill.</summary>
    public int[][] LastBins { get; }

    /// <summary>The rows' packed derivatives.</summary>
    public long[] Words { get; }

    public GradientUnits Units { get; }

    /// <summary>Sum of hessians.</summary>
    public double Weight { get; }

    /// <summary>What a cut gains on average when gradients have nothing to do with it: their squares over hessians.</summary>
    public double Noise { get; }

    /// <summary>How many times as many rows a sum needs to come as close to the law of Gauss as with gradients of that law: their kurtosis over its, 1 at least.</summary>
    public double Tails { get; }

    /// <summary>Of all rows, by the feature's place among <see cref="Features"/>.</summary>
    public ReadOnlySpan<byte> LevelsOf(int feature) => _levels.AsSpan(feature * Count, Count);

    /// <summary>One row of each of so many equal parts of the tree's rows, drawn by the tree's own chance.</summary>
    /// <param name="levels">Memory that the trees before have used, or too little of it.</param>
    /// <param name="count">At most <see cref="GradientPacking.MostRows"/>, so that packed derivatives can be added up.</param>
    public static CoarseRows Draw(GrowerData data, TreeTask task, Node root, int[] features, int count, ref byte[] levels)
    {
        var maps = new byte[features.Length][];
        var lastBins = new int[features.Length][];
        for (int i = 0; i < features.Length; i++)
            (maps[i], lastBins[i]) = Coarsen(root.Histogram.AsSpan(data.Layout.Offsets[features[i]], data.Features[features[i]].Count));
        if (levels.Length < features.Length * count)
            levels = new byte[features.Length * count];
        var words = new long[count];
        for (int i = 0; i < count; i++)
        {
            int from = (int)((long)task.Rows.Length * i / count), to = (int)((long)task.Rows.Length * (i + 1) / count);
            int row = task.Rows[from + task.Random.Next(to - from)];
            words[i] = task.Gradients[task.Offset + row];
            ReadOnlySpan<byte> bins = data.Table.Row(row);
            for (int f = 0; f < features.Length; f++)
                levels[(f * count) + i] = maps[f][bins[features[f]]];
        }

        return new CoarseRows(features, lastBins, levels, words, task.Units);
    }

    /// <summary>The level of each bin, that of missing values behind the others, and where levels end: what a heavy bin leaves is divided among the levels behind it.</summary>
    private static (byte[] Map, int[] LastBins) Coarsen(ReadOnlySpan<Vector128<double>> bins)
    {
        double total = 0, sum = 0, ended = 0;
        foreach (Vector128<double> bin in bins)
            total += bin[1];
        var map = new byte[bins.Length + 1];
        List<int> ends = [];
        for (int b = 0; b < bins.Length; b++)
        {
            map[b] = (byte)ends.Count;
            sum += bins[b][1];
            if (ends.Count == Cuts || sum >= total || (sum - ended) * (Levels - ends.Count) < total - ended)
                continue;
            ends.Add(b);
            ended = sum;
        }

        map[bins.Length] = MissingLevel;
        return (map, [.. ends]);
    }
}
