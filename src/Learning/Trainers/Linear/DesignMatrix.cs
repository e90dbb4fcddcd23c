using MlOps.Learning.Encoders;

namespace MlOps.Learning.Trainers.Linear;

/// <summary>The encoded training rows: numbers dense and row-major, categories as the one column each sets (-1 for none).</summary>
internal sealed class DesignMatrix
{
    private const int BlockRows = 2048;

    private readonly double[] _dense;
    private readonly int[] _levels;
    private readonly int _denseWidth;
    private readonly int _levelWidth;

    private DesignMatrix(BoundInputs inputs, LinearEncoding encoding, int[] categories)
    {
        Rows = inputs.RowCount;
        Columns = encoding.Columns;
        (_denseWidth, _levelWidth) = (encoding.Dense, categories.Length);
        _dense = new double[CellCount.Of(Rows, _denseWidth, "features")];
        _levels = new int[CellCount.Of(Rows, _levelWidth, "features")];
    }

    public int Rows { get; }

    public int Columns { get; }

    /// <summary>Numbers a row has; they are its first columns.</summary>
    public int Width => _denseWidth;

    public ReadOnlySpan<double> Dense(int row) => _dense.AsSpan(row * _denseWidth, _denseWidth);

    public ReadOnlySpan<int> Levels(int row) => _levels.AsSpan(row * _levelWidth, _levelWidth);

    public static DesignMatrix From(BoundInputs inputs, LinearEncoding encoding, Workers workers)
    {
        int[] categories = [.. Enumerable.Range(0, inputs.Width).Where(i => encoding.LevelColumn[i] >= 0)];
        var matrix = new DesignMatrix(inputs, encoding, categories);
        workers.RunRanges(matrix.Rows, BlockRows, (_, from, to) =>
        {
            var values = new double[to - from];
            for (int i = 0; i < inputs.Width; i++)
            {
                inputs[i].Read(from, values.Length, values, 1);
                int category = Array.IndexOf(categories, i);
                if (category >= 0)
                    matrix.FillLevels(encoding, i, category, from, values);
                else
                    matrix.FillNumbers(encoding, i, from, values);
            }
        });
        return matrix;
    }

    /// <summary>Mean of every column, and the standard deviation, by which a coefficient's size can be compared with others.</summary>
    /// <param name="weights">Null when all rows count alike.</param>
    public (double[] Mean, double[] Deviation) Moments(double[]? weights)
    {
        double total = weights?.Sum() ?? Rows;
        var sum = new double[Columns];
        var squares = new double[Columns];
        for (int row = 0; row < Rows; row++)
        {
            ReadOnlySpan<double> dense = Dense(row);
            double weight = weights?[row] ?? 1;
            for (int j = 0; j < dense.Length; j++)
            {
                sum[j] += weight * dense[j];
                squares[j] += weight * dense[j] * dense[j];
            }

            foreach (int level in Levels(row))
            {
                if (level < 0)
                    continue;
                sum[level] += weight;
                squares[level] += weight;
            }
        }

        double[] mean = [.. sum.Select(s => s / total)];
        return (mean, [.. mean.Select((m, j) => Math.Sqrt(Math.Max(0, (squares[j] / total) - (m * m))))]);
    }

    private void FillLevels(LinearEncoding encoding, int input, int category, int from, double[] values)
    {
        for (int i = 0; i < values.Length; i++)
            _levels[((from + i) * _levelWidth) + category] = encoding.Level(input, values[i]);
    }

    private void FillNumbers(LinearEncoding encoding, int input, int from, double[] values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            Span<double> row = _dense.AsSpan((from + i) * _denseWidth, _denseWidth);
            bool missing = double.IsNaN(values[i]);
            if (encoding.ValueColumn[input] is >= 0 and int at)
                row[at] = missing ? 0 : (values[i] - encoding.Mean[input]) * encoding.InverseDeviation[input];
            if (missing && encoding.MissingColumn[input] is >= 0 and int indicator)
                row[indicator] = 1;
        }
    }
}
