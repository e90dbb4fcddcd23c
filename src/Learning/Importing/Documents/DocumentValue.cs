namespace MlOps.Learning.Importing.Documents;

/// <summary>A value of a JSON or UBJSON document. Lists of numbers, which are nearly all of a model, are kept as such.</summary>
internal abstract record DocumentValue;

internal sealed record DocumentObject(IReadOnlyDictionary<string, DocumentValue> Members) : DocumentValue;

internal sealed record DocumentList(IReadOnlyList<DocumentValue> Items) : DocumentValue;

/// <summary>A list of numbers; true and false count as 1 and 0.</summary>
internal sealed record DocumentNumbers(double[] Values) : DocumentValue;

internal sealed record DocumentNumber(double Value) : DocumentValue;

internal sealed record DocumentText(string Value) : DocumentValue;

internal sealed record DocumentNull : DocumentValue
{
    public static readonly DocumentNull Value = new();
}

/// <summary>What a document may have: what a value takes in memory is many times what it takes in a file.</summary>
/// <param name="memory">Bytes for all of it.</param>
internal sealed class DocumentBudget(long memory)
{
    public const int MaxDepth = 64;

    private const int MaxValues = 4_000_000;

    /// <summary>What an object with its table, a list, or a text with the name before it takes on average.</summary>
    private const int BytesOfValue = 160;

    private int _values;
    private long _bytes;

    /// <summary>Called once for each value that is no number of a list of numbers.</summary>
    public void Take(int depth)
    {
        if (depth > MaxDepth)
            throw ImportErrors.Damaged($"it is nested more than {MaxDepth} levels deep");
        if (++_values > MaxValues)
            throw ImportErrors.TooLarge("values that are not in a list of numbers", _values, MaxValues);
        TakeBytes(BytesOfValue);
    }

    /// <summary>Called for the numbers of a list.</summary>
    public void TakeNumbers(int count) => TakeBytes((long)count * sizeof(double));

    private void TakeBytes(long bytes)
    {
        _bytes += bytes;
        if (_bytes > memory)
            throw ImportErrors.Memory("the values in the file", _bytes, memory);
    }
}
