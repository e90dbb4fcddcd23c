using Microsoft.ML.Data;
using MlOps.Learning.Trainers.Linear;

namespace MlOps.MlNet;

/// <summary>The feature vector of every row of a table.</summary>
internal abstract class RowFeatures(int rows, int width)
{
    public int Rows => rows;

    public int Width => width;

    /// <summary>Writes the vector of a row, reusing the buffer.</summary>
    public abstract void Get(int row, ref VBuffer<float> vector);
}

/// <summary>
/// Vectors of encoded inputs: numbers in standard deviations (so that single precision loses nothing even of time stamps), levels
/// as 0 and 1. Many levels make a vector sparse.
/// </summary>
internal sealed class EncodedFeatures(DesignMatrix matrix, LinearEncoding encoding) : RowFeatures(matrix.Rows, matrix.Columns)
{
    /// <summary>What single precision can still multiply with a weight; a row so far from training scores like one at this border.</summary>
    private const double Farthest = 1e30;

    private readonly bool _sparse = encoding.Dense + encoding.LevelColumn.Count(c => c >= 0) < encoding.Columns / 2;

    public override void Get(int row, ref VBuffer<float> vector)
    {
        if (_sparse)
            GetSparse(matrix.Dense(row), matrix.Levels(row), ref vector);
        else
            GetDense(matrix.Dense(row), matrix.Levels(row), ref vector);
    }

    private void GetDense(ReadOnlySpan<double> numbers, ReadOnlySpan<int> levels, ref VBuffer<float> vector)
    {
        var editor = VBufferEditor.Create(ref vector, Width);
        Copy(numbers, editor.Values);
        editor.Values[numbers.Length..].Clear();
        foreach (int level in levels)
        {
            if (level >= 0)
                editor.Values[level] = 1;
        }

        vector = editor.Commit();
    }

    private void GetSparse(ReadOnlySpan<double> numbers, ReadOnlySpan<int> levels, ref VBuffer<float> vector)
    {
        var editor = VBufferEditor.Create(ref vector, Width, numbers.Length + levels.Length);
        Copy(numbers, editor.Values);
        int count = numbers.Length;
        for (int i = 0; i < count; i++)
            editor.Indices[i] = i;
        foreach (int level in levels)
        {
            if (level < 0)
                continue;
            editor.Indices[count] = level;
            editor.Values[count++] = 1;
        }

        vector = editor.CommitTruncated(count);
    }

    private static void Copy(ReadOnlySpan<double> numbers, Span<float> values)
    {
        for (int i = 0; i < numbers.Length; i++)
            values[i] = (float)Math.Clamp(numbers[i], -Farthest, Farthest);
    }
}

/// <summary>Vectors computed once, for trainers that pass over the rows many times.</summary>
internal sealed class StoredFeatures(VBuffer<float>[] vectors, int width) : RowFeatures(vectors.Length, width)
{
    public override void Get(int row, ref VBuffer<float> vector) => vectors[row].CopyTo(ref vector);
}
