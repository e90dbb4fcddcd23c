using MlOps.Learning.Trainers;

namespace MlOps.MlNet;

/// <summary>
/// How large the encoding of a table is: ML.NET sees a column for each level of a category and each word of a text. From above; a text has
/// a word, and so a pair, in every six characters.
/// </summary>
/// <param name="ngrams">Most features of a text.</param>
internal sealed class EncodedSize(TrainingShape shape, int ngrams)
{
    private const int CharsOfAWord = 6;

    /// <summary>A vector's arrays and its place among others.</summary>
    private const int VectorHeader = 72;

    /// <summary>An entry of the dictionary of words: the text, its hash, its number.</summary>
    private const int WordBytes = 200;

    public long Rows => shape.Rows;

    public int Outputs => shape.Outputs;

    /// <summary>Columns with many values.</summary>
    public long Numbers => shape.Numbers + Words;

    /// <summary>Columns of 0 and 1.</summary>
    public long Levels => shape.Levels;

    public long Columns => Numbers + Levels;

    /// <summary>Cells that are not 0 in levels and words of all rows.</summary>
    public long Sparse => (Rows * shape.Categories) + Math.Min(Rows * Words, 2 * shape.TextChars / CharsOfAWord);

    /// <summary>All rows as vectors of single precision: all cells, or those that are not 0 with their places.</summary>
    public long Vectors => (VectorHeader * Rows) + Math.Min(4 * Rows * Columns, 8 * ((Rows * shape.Numbers) + Sparse));

    /// <summary>What every family reads from: the rows, and with texts their vectors, computed once, and the words.</summary>
    public long Source => shape.Plain + (shape.Texts > 0 ? Vectors + (Words * WordBytes) : 0);

    /// <summary>
    /// What the families of trees make of it: each column's values by row, in double precision while they are cut into bins, the bins, and
    /// for each leaf a histogram of each column.
    /// </summary>
    public long Binned(int bins, int leaves)
    {
        long cells = (Rows * shape.Numbers * 10) + (Sparse * 24);
        return cells + (leaves * ((Numbers * bins * 20) + (Levels * 160)));
    }

    private long Words => Math.Min((long)shape.Texts * ngrams, shape.TextChars / CharsOfAWord * 2);
}
