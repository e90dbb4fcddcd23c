using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MlOps.Learning.Trainers.Boosting;

/// <summary>
/// Finds how many edges are below a value without a search: the range of the edges is cut into equal cells, and of each is known how many
/// edges are in cells before it. Those of its own are compared. The cell is a rising function of the value, rounding included, so that
/// the answer is exact.
/// </summary>
internal sealed class EdgeGrid
{
    private const int Cells = 2048;

    /// <summary>Beyond so many edges in one cell, halving is faster.</summary>
    private const int MostInCell = 4;

    private readonly double _low;
    private readonly double _scale;
    private readonly byte[] _before = new byte[Cells];
    private readonly double[] _edges;
    private readonly int _most;

    private EdgeGrid(double[] edges, double scale)
    {
        (_low, _scale) = (edges[0], scale);
        var counts = new int[Cells];
        foreach (double edge in edges)
            counts[CellOf(edge, _low, scale)]++;
        int before = 0;
        for (int cell = 0; cell < Cells; cell++)
        {
            _before[cell] = (byte)before;
            before += counts[cell];
        }

        _most = counts.Max();
        // The last cells are compared beyond the last edge.
        _edges = [.. edges, .. Enumerable.Repeat(double.PositiveInfinity, MostInCell)];
    }

    /// <param name="edges">Ascending, fewer than 256.</param>
    /// <returns>Null where too many of them stand together, or too few are there.</returns>
    public static EdgeGrid? Of(double[] edges)
    {
        if (edges.Length < MostInCell)
            return null;
        double scale = (Cells - 1) / (edges[^1] - edges[0]);
        if (!double.IsNormal(scale))
            return null;
        var grid = new EdgeGrid(edges, scale);
        return grid._most <= MostInCell ? grid : null;
    }

    /// <summary>The bins of many values, to <paramref name="bins"/> at 0, stride, 2 stride, ...</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void BinsOf(ReadOnlySpan<double> values, Span<byte> bins, int stride, int missing)
    {
        (double low, double scale, int most) = (_low, _scale, _most);
        ref byte before = ref MemoryMarshal.GetArrayDataReference(_before);
        ref double edges = ref MemoryMarshal.GetArrayDataReference(_edges);
        for (int i = 0; i < values.Length; i++)
        {
            double value = values[i];
            int below = Unsafe.Add(ref before, CellOf(value, low, scale));
            ref double own = ref Unsafe.Add(ref edges, below);
            for (int k = 0; k < most; k++)
                below += Unsafe.Add(ref own, k) < value ? 1 : 0;
            bins[i * stride] = (byte)(double.IsNaN(value) ? missing : below);
        }
    }

    /// <summary>That of NaN is the first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int CellOf(double value, double low, double scale)
    {
        double at = (value - low) * scale;
        // In this order, NaN falls to 0.
        at = at > 0 ? at : 0;
        at = at < Cells - 1 ? at : Cells - 1;
        return double.ConvertToIntegerNative<int>(at);
    }
}
