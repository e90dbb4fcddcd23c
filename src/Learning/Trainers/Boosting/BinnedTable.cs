using System.Buffers;
using MlOps.Learning.Encoders;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers.Binned;

namespace MlOps.Learning.Trainers.Boosting;

/// <summary>Rows as bins: row-major bytes, each row padded to <see cref="Stride"/>. Row-major, because a node touches scattered rows but all features of each.</summary>
internal sealed class BinnedTable(byte[] bins, int rowCount, int stride)
{
    private const int BlockRows = 2048;

    public int RowCount => rowCount;

    public int Stride => stride;

    public byte[] Bins => bins;

    public ReadOnlySpan<byte> Row(int row) => bins.AsSpan(row * stride, stride);

    public static BinnedTable From(BoundInputs inputs, FeatureBins[] features, Workers workers)
    {
        int stride = BinStore.StrideOf(features.Length);
        if (BinnedReader.Whole(inputs) is { } filled)
            return new BinnedTable(filled, inputs.RowCount, stride);
        byte[] bins = new BinStore(features.Length, inputs.RowCount).Bytes;
        workers.RunRanges(inputs.RowCount, BlockRows, (_, from, to) => Fill(inputs, features, bins, stride, from, to));
        return new BinnedTable(bins, inputs.RowCount, stride);
    }

    private static void Fill(BoundInputs inputs, FeatureBins[] features, byte[] bins, int stride, int from, int to)
    {
        Span<double> values = stackalloc double[BlockRows];
        values = values[..(to - from)];
        for (int f = 0; f < features.Length; f++)
        {
            Span<byte> into = bins.AsSpan((from * stride) + f);
            if (inputs[f] is BinnedReader binned)
            {
                binned.CopyTo(from, values.Length, into, stride);
                continue;
            }

            inputs[f].Read(from, values.Length, values, 1);
            features[f].BinsOf(values, into, stride);
        }
    }
}

/// <summary>Fits the bins of every feature.</summary>
internal static class BinFitter
{
    /// <summary>Quantiles of so many rows are within 0.2 % of the true ones, far finer than a bin.</summary>
    public const int SampleRows = 200_000;

    private const int ReadRows = 2048;

    public static FeatureBins[] Fit(BoundInputs inputs, IReadOnlyList<FeatureSignature> signature, int bins, ulong seed, Workers workers)
    {
        int[]? sample = Sample(inputs.RowCount, seed);
        var features = new FeatureBins[inputs.Width];
        workers.Run(features.Length, f => features[f] = signature[f].Type == ColumnType.Category
            ? CategoryBins.Fit(CountLevels(inputs.ReadColumn(f), signature[f].Levels!.Count), bins)
            : inputs[f] is BinnedReader binned ? binned.Bins(bins) : NumberBinsOf(inputs[f], inputs.RowCount, sample, bins));
        return features;
    }

    /// <summary>The rows whose numbers decide the edges, ascending; null: all of them.</summary>
    public static int[]? Sample(int rows, ulong seed) => rows <= SampleRows ? null : SeededRandom.Derive(seed, 0).Sample(rows, SampleRows);

    private static NumberBins NumberBinsOf(InputReader column, int rows, int[]? sample, int bins)
    {
        double[] present = ArrayPool<double>.Shared.Rent(sample?.Length ?? rows);
        int count = Present(column, rows, sample, present);
        var fitted = new NumberBins(QuantileEdges.Of(present.AsSpan(0, count), bins));
        ArrayPool<double>.Shared.Return(present);
        return fitted;
    }

    private static int[] CountLevels(double[] codes, int levels)
    {
        var counts = new int[levels];
        foreach (double code in codes)
        {
            if (!double.IsNaN(code))
                counts[(int)code]++;
        }

        return counts;
    }

    /// <summary>Writes the values that are there, of the sample's rows or of all, and returns how many.</summary>
    private static int Present(InputReader column, int rows, int[]? sample, double[] into)
    {
        Span<double> block = stackalloc double[ReadRows];
        (int kept, int next) = (0, 0);
        for (int from = 0; from < rows; from += ReadRows)
        {
            Span<double> values = block[..Math.Min(ReadRows, rows - from)];
            column.Read(from, values.Length, values, 1);
            int wanted = sample is null ? values.Length : Within(sample, next, from + values.Length);
            for (int i = 0; i < wanted; i++)
            {
                double value = values[sample is null ? i : sample[next + i] - from];
                if (!double.IsNaN(value))
                    into[kept++] = value;
            }

            next += wanted;
        }

        return kept;
    }

    /// <summary>How many of the ascending rows from place <paramref name="first"/> on are before <paramref name="end"/>.</summary>
    private static int Within(int[] rows, int first, int end)
    {
        int last = first;
        while (last < rows.Length && rows[last] < end)
            last++;
        return last - first;
    }
}
