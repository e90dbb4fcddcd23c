using System.Buffers;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Encoders;

/// <summary>Scores <c>rows</c> (row-major, in the numbers of <see cref="IRowScorer"/>) into <c>scores</c>.</summary>
internal delegate void BlockScorer(ReadOnlySpan<double> rows, Span<double> scores);

/// <summary>A model of rows of numbers, all at once.</summary>
internal interface IBlockScored
{
    /// <inheritdoc cref="BlockScorer"/>
    void ScoreBlock(ReadOnlySpan<double> rows, Span<double> scores);
}

/// <summary>Feeds a table to a model in blocks that fit the cache; large tables on all processors.</summary>
internal sealed class RowBlocks(ModelSignature signature)
{
    public const int BlockRows = 128;

    /// <summary>Smaller tables are scored by the calling thread alone, which suits a server under load.</summary>
    private const int ParallelRows = 16_384;

    public Predictions Score(BoundInputs inputs, BlockScorer scorer)
    {
        int outputs = signature.Task == LearningTask.Multiclass ? signature.Classes.Count : 1;
        var scores = new double[CellCount.Of(inputs.RowCount, outputs, "classes")];
        int blocks = Workers.Ranges(inputs.RowCount, BlockRows);
        if (inputs.RowCount >= ParallelRows)
        {
            Parallel.For(0, blocks, block => ScoreBlock(inputs, scorer, block, outputs, scores));
        }
        else
        {
            for (int block = 0; block < blocks; block++)
                ScoreBlock(inputs, scorer, block, outputs, scores);
        }

        return new Predictions(signature.Task, signature.Classes, scores);
    }

    private static void ScoreBlock(BoundInputs inputs, BlockScorer scorer, int block, int outputs, double[] scores)
    {
        int from = block * BlockRows;
        int count = Math.Min(BlockRows, inputs.RowCount - from);
        double[] rented = ArrayPool<double>.Shared.Rent(count * inputs.Width);
        Span<double> rows = rented.AsSpan(0, count * inputs.Width);
        inputs.ReadRows(from, count, rows);
        scorer(rows, scores.AsSpan(from * outputs, count * outputs));
        ArrayPool<double>.Shared.Return(rented);
    }
}
