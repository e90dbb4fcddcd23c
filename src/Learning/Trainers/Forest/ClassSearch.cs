using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using MlOps.Learning.Trainers.Boosting;

namespace MlOps.Learning.Trainers.Forest;

/// <summary>
/// Least Gini impurity over any number of classes. The rows of a node are sorted by bin, and each that goes left changes the two sums of
/// squares by its own class alone: a cut costs the same for 3 classes and for 300. The score is the sum over sides of (sum of squared class weights) / weight.
/// </summary>
internal sealed class ClassSearch(ForestData data) : SplitSearch(data)
{
    private readonly double[] _totals = new double[data.Classes];
    private readonly double[] _lefts = new double[data.Classes];
    private readonly int[] _begins = new int[256];
    private readonly int[] _ends = new int[256];
    private readonly (int Class, float Weight)[] _sorted = new (int, float)[data.Table.RowCount];
    private double _weight;
    private double _squares;
    private double _leftWeight;
    private double _leftSquares;
    private double _rightSquares;

    public override bool IsPure => _squares >= _weight * _weight * (1 - 1e-12);

    public override double NodeScore => _squares / _weight;

    public override double Weight => _weight;

    protected override double LeftWeight => _leftWeight;

    public override void Leaf(Span<double> values)
    {
        for (int k = 0; k < values.Length; k++)
            values[k] = _totals[k] / _weight;
    }

    protected override void Total(ReadOnlySpan<ForestRow> rows)
    {
        Array.Clear(_totals);
        foreach (ref readonly ForestRow row in rows)
            _totals[(int)row.Target] += row.Weight;
        (_weight, _squares) = (0, 0);
        foreach (double total in _totals)
            (_weight, _squares) = (_weight + total, _squares + (total * total));
    }

    /// <summary>A counting sort; afterwards a bin's rows are those from its begin to its end.</summary>
    protected override void Sort(ReadOnlySpan<ForestRow> rows, int feature, ulong[] touched)
    {
        BinnedTable table = Data.Table;
        ref byte bins = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(table.Bins), feature);
        ref byte places = ref MemoryMarshal.GetArrayDataReference(Places[feature]);
        foreach (ref readonly ForestRow row in rows)
        {
            int bin = Unsafe.Add(ref places, Unsafe.Add(ref bins, row.Row * table.Stride));
            _ends[bin]++;
            touched[bin >> 6] |= 1UL << bin;
        }

        int before = 0;
        for (int bin = Next(0, 256); bin >= 0; bin = Next(bin + 1, 256))
        {
            _begins[bin] = before;
            (_ends[bin], before) = (before, before + _ends[bin]);
        }

        foreach (ref readonly ForestRow row in rows)
            _sorted[_ends[Unsafe.Add(ref places, Unsafe.Add(ref bins, row.Row * table.Stride))]++] = ((int)row.Target, row.Weight);
    }

    protected override void Clear(int bin) => _ends[bin] = 0;

    protected override void Reset()
    {
        Array.Clear(_lefts);
        (_leftWeight, _leftSquares, _rightSquares, LeftRows) = (0, 0, _squares, 0);
    }

    protected override void Take(int bin)
    {
        int from = _begins[bin];
        foreach ((int k, float weight) in _sorted.AsSpan(from.._ends[bin]))
        {
            double left = _lefts[k];
            double right = _totals[k] - left;
            _leftSquares += weight * ((2 * left) + weight);
            _rightSquares -= weight * ((2 * right) - weight);
            _lefts[k] = left + weight;
            _leftWeight += weight;
        }

        LeftRows += _ends[bin] - from;
    }

    protected override double Score() => (_leftSquares / _leftWeight) + (_rightSquares / (_weight - _leftWeight));
}
