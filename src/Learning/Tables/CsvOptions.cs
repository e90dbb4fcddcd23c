namespace MlOps.Learning.Tables;

/// <summary>How a CSV file is read. The defaults read RFC 4180 files with a header row.</summary>
public sealed record CsvOptions : TableReadOptions
{
    public static readonly CsvOptions Default = new();

    /// <summary>The character between fields: any ASCII character but a quote, CR, LF or NUL. Default a comma.</summary>
    public char Delimiter { get; init; } = ',';

    /// <summary>Names of the columns of a file without a header row, distinct. Default null: the first row has them.</summary>
    public IReadOnlyList<string>? Names { get; init; }

    /// <exception cref="MlOpsException">Invalid <c>csv-options</c>: no such delimiter is possible.</exception>
    internal void Check()
    {
        if (Delimiter is '"' or '\r' or '\n' or '\0' or > '\u007F')
            throw MlOpsException.Invalid("csv-options", $"delimiter '{Delimiter}' (U+{(int)Delimiter:X4}) is not possible; it must be one ASCII character other than a quote or a line break");
        CheckLimits();
    }
}
