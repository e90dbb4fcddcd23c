namespace MlOps.Api.Inference;

/// <summary>The part of an answer that is written now: rows from the first up to, and without, the second number.</summary>
/// <param name="Count">Rows of the whole answer.</param>
internal readonly record struct AnswerRows(int From, int To, int Count)
{
    /// <summary>What stands before the rows is written with it.</summary>
    public bool IsFirst => From == 0;

    /// <summary>What stands behind the rows is written with it.</summary>
    public bool IsLast => To == Count;
}
