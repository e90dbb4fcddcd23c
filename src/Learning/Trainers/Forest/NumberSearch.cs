using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using MlOps.Learning.Trainers.Boosting;

namespace MlOps.Learning.Trainers.Forest;

/// <summary>Least variance around the mean; of 0 and 1 that is the same order as least Gini impurity. The score is the sum of (weighted sum)^2 / weight.</summary>
internal sealed class NumberSearch(ForestData data) : SplitSearch(data)
{
    private readonly Vector128<double>[] _sums = new Vector128<double>[256];
    private readonly int[] _counts = new int[256];
    private Vector128<double> _total;
    private Vector128<double> _left;

    private bool _pure;

    public override bool IsPure => _pure;

    public override double NodeScore => Square(_total);

    public override double Weight => _total[0];

    protected override double LeftWeight => _left[0];

    public override void Leaf(Span<double> values) => values[0] = _total[1] / _total[0];

    protected override void Total(ReadOnlySpan<ForestRow> rows)
    {
        Vector128<double> total = default;
        double first = rows[0].Target;
        bool pure = true;
        foreach (ref readonly ForestRow row in rows)
        {
            total += Of(in row);
            pure &= row.Target == first;
        }

        (_total, _pure) = (total, pure);
    }

    protected override void Sort(ReadOnlySpan<ForestRow> rows, int feature, ulong[] touched)
    {
        BinnedTable table = Data.Table;
        ref byte bins = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(table.Bins), feature);
        ref byte places = ref MemoryMarshal.GetArrayDataReference(Places[feature]);
        foreach (ref readonly ForestRow row in rows)
        {
            int bin = Unsafe.Add(ref places, Unsafe.Add(ref bins, row.Row * table.Stride));
            _sums[bin] += Of(in row);
            _counts[bin]++;
            touched[bin >> 6] |= 1UL << bin;
        }
    }

    protected override void Clear(int bin) => (_sums[bin], _counts[bin]) = (default, 0);

    protected override void Reset() => (_left, LeftRows) = (default, 0);

    protected override void Take(int bin)
    {
        _left += _sums[bin];
        LeftRows += _counts[bin];
    }

    protected override double Score() => Square(_left) + Square(_total - _left);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<double> Of(ref readonly ForestRow row) => Vector128.Create(row.Weight, row.Weight * row.Target);

    private static double Square(Vector128<double> sum) => sum[1] * sum[1] / sum[0];
}
