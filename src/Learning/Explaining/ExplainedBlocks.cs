using MlOps.Learning.Encoders;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Explaining;

/// <summary>Writes the contributions of rows one behind the other, each outputs x inputs, into zeros. Thread-safe.</summary>
internal delegate void RowExplainer(ReadOnlySpan<double> rows, Span<double> contributions);

/// <summary>Explains many rows in blocks; large tables on all processors.</summary>
internal static class ExplainedBlocks
{
    public const int BlockRows = 64;

    /// <summary>Smaller tables are explained by the calling thread alone, which suits a server under load.</summary>
    private const int ParallelRows = 16_384;

    public static Contributions Explain(ModelSignature signature, ReadOnlySpan<double> @base, BoundInputs inputs, RowExplainer explain, CancellationToken cancellationToken, int parallelRows = ParallelRows)
    {
        int width = signature.Inputs.Count;
        int cells = @base.Length * width;
        double[] contributions = Room(inputs.RowCount, cells);
        int blocks = Workers.Ranges(inputs.RowCount, BlockRows);
        if (inputs.RowCount >= parallelRows)
            Parallel.For(0, blocks, new ParallelOptions { CancellationToken = cancellationToken }, Block);
        else
        {
            for (int block = 0; block < blocks; block++)
                Block(block);
        }

        return new Contributions(signature, @base, contributions);

        void Block(int block)
        {
            int from = block * BlockRows;
            int count = Math.Min(BlockRows, inputs.RowCount - from);
            var rows = new double[count * width];
            inputs.ReadRows(from, count, rows);
            Run(rows, width, contributions.AsSpan(from * cells, count * cells), explain, cancellationToken);
        }
    }

    public static Contributions Explain(ModelSignature signature, ReadOnlySpan<double> @base, ReadOnlySpan<double> rows, RowExplainer explain, CancellationToken cancellationToken)
    {
        int width = signature.Inputs.Count;
        double[] contributions = Room(rows.Length / width, @base.Length * width);
        Run(rows, width, contributions, explain, cancellationToken);
        return new Contributions(signature, @base, contributions);
    }

    private static void Run(ReadOnlySpan<double> rows, int width, Span<double> contributions, RowExplainer explain, CancellationToken cancellationToken)
    {
        int count = rows.Length / width;
        int cells = count == 0 ? 0 : contributions.Length / count;
        for (int row = 0; row < count; row += BlockRows)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int taken = Math.Min(BlockRows, count - row);
            explain(rows.Slice(row * width, taken * width), contributions.Slice(row * cells, taken * cells));
        }
    }

    private static double[] Room(int rows, int cells)
    {
        long count = (long)rows * cells;
        return count <= Array.MaxLength ? new double[count] : throw MlOpsException.TooLarge(
            "explain-too-large", $"{rows:N0} rows with {cells:N0} contributions each are {count:N0} numbers, {Array.MaxLength:N0} fit at once: explain {Array.MaxLength / cells:N0} rows or fewer");
    }
}
