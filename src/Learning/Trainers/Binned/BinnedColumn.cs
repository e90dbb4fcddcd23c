using System.Globalization;
using MlOps.Learning.Encoders;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers.Boosting;

namespace MlOps.Learning.Trainers.Binned;

/// <summary>
/// A feature of numbers of which each row keeps the bin alone. A row reads as a number of its bin, which every split between bins sends
/// where it sends the row's own number: trees on these bins are grown, and score these rows, as they would with the numbers.
/// </summary>
/// <param name="most">Bins that were allowed when the edges were chosen.</param>
/// <param name="bytes">Row r is at <paramref name="first"/> + r x <paramref name="stride"/>.</param>
/// <param name="width">Columns that lie there side by side.</param>
internal sealed class BinnedColumn(string name, NumberBins bins, int most, byte[] bytes, int first, int stride, int width, int count) : Column(name, ColumnType.Number, count)
{
    public BinnedColumn(string name, NumberBins bins, int most, BinStore store, int place, int count)
        : this(name, bins, most, store.Bytes, place, store.Stride, store.Columns, count)
    {
    }

    public InputReader Reader => new BinnedReader(bins, most, bytes, first, stride, width);

    public override bool IsMissing(int row) => bytes[first + (row * stride)] == bins.Missing;

    public override string? Format(int row) => IsMissing(row) ? null : bins.NumberIn(bytes[first + (row * stride)]).ToString("R", CultureInfo.InvariantCulture);

    public override Column Take(ReadOnlySpan<int> rows)
    {
        var taken = new byte[rows.Length];
        for (int i = 0; i < taken.Length; i++)
            taken[i] = bytes[first + (rows[i] * stride)];
        return new BinnedColumn(Name, bins, most, taken, 0, 1, 1, taken.Length);
    }
}

/// <summary>Reads such a column as bins, or as numbers of them.</summary>
internal sealed class BinnedReader(NumberBins bins, int most, byte[] bytes, int first, int stride, int width) : InputReader
{
    private readonly double[] _numbers = [.. Enumerable.Range(0, bins.Missing + 1).Select(bins.NumberIn)];

    public override void Read(int start, int count, Span<double> destination, int every)
    {
        for (int i = 0; i < count; i++)
            destination[i * every] = _numbers[bytes[first + ((start + i) * stride)]];
    }

    /// <summary>Writes the bins of rows [start, start + count) to <paramref name="destination"/> at 0, <paramref name="every"/>, ...</summary>
    public void CopyTo(int start, int count, Span<byte> destination, int every)
    {
        for (int i = 0; i < count; i++)
            destination[i * every] = bytes[first + ((start + i) * stride)];
    }

    /// <exception cref="ArgumentException">They were made for another trainer.</exception>
    public NumberBins Bins(int wanted) => wanted == most ? bins : throw new ArgumentException($"the rows were read as {most} bins, the trainer wants {wanted}", nameof(wanted));

    /// <summary>The bytes as they are, where the inputs are all the columns of one store, in its order.</summary>
    public static byte[]? Whole(BoundInputs inputs)
    {
        if (inputs.Width == 0 || inputs[0] is not BinnedReader begin || begin.StoreWidth != inputs.Width || begin.StoreStride != BinStore.StrideOf(inputs.Width))
            return null;
        for (int input = 0; input < inputs.Width; input++)
        {
            if (inputs[input] is not BinnedReader reader || reader.Store != begin.Store || reader.Place != input || reader.StoreStride != begin.StoreStride)
                return null;
        }

        return begin.Store;
    }

    private byte[] Store => bytes;

    private int Place => first;

    private int StoreStride => stride;

    private int StoreWidth => width;
}
