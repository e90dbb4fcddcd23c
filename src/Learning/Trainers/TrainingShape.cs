namespace MlOps.Learning.Trainers;

/// <summary>How large a fit will be, from what is known of its data before that is read; sizes are upper bounds where they are not exact.</summary>
/// <param name="Rows">Of all parts, 0 or more.</param>
/// <param name="Numbers">Columns of numbers after encoding, indicators of missing values included.</param>
/// <param name="Categories">Category inputs: a row has one level of each.</param>
/// <param name="Levels">Levels of all categories together, those for missing included.</param>
/// <param name="Texts">Inputs of free text.</param>
/// <param name="TextChars">Characters of all texts of all rows.</param>
/// <param name="Outputs">Scores a row: the classes of a multiclass task, else 1.</param>
public sealed record TrainingShape(long Rows, int Numbers, int Categories, long Levels, int Texts, long TextChars, int Outputs)
{
    /// <summary>Columns as the data set has them.</summary>
    public int Inputs => Numbers + Categories + Texts;

    /// <summary>Bytes of one number for each input and row, and of what every trainer keeps of a row: gradients, scores, its place.</summary>
    public long Plain => Rows * ((8L * Inputs) + 48 + (16L * Outputs));
}
