namespace MlOps.Learning.Tables;

/// <summary>How a CSV file is read. The defaults read RFC 4180 files with a header row.</summary>
public sealed record CsvOptions : TableReadOptions
{
    public static readonly CsvOptions Default = new();

    /// <summary>The character between fields: any ASCII character but a quote, CR, LF or NUL. Default a comma.</summary>
    public char Delimiter { get; init; } = ',';

    /// <summary>Bytes of the file that are parsed at a time, and so about the size of a batch. 64 to 1 GiB, default 512 KiB.</summary>
    public int BlockBytes { get; init; } = 512 << 10;

    /// <summary>Bytes one row may have; a quote that is never closed is found out here. Default 16 MiB.</summary>
    public int MaxRowBytes { get; init; } = 16 << 20;

    /// <exception cref="MlOpsException">Invalid <c>csv-options</c>.</exception>
    internal void Check()
    {
        if (Delimiter is '"' or '\r' or '\n' or '\0' or > '\u007F')
            throw MlOpsException.Invalid("csv-options", $"delimiter '{Delimiter}' (U+{(int)Delimiter:X4}) is not possible; it must be one ASCII character other than a quote or a line break");
        ArgumentOutOfRangeException.ThrowIfLessThan(BlockBytes, 64);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(BlockBytes, 1 << 30);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxRowBytes, 64);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaxRowBytes, 1 << 29);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxProblems, 1);
    }
}
