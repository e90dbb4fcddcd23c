namespace MlOps.Learning.Tables;

/// <summary>How values become typed columns, whatever the file format.</summary>
public abstract record TableReadOptions
{
    /// <summary>
    /// Types by column name, instead of inference. A value that is not of the given type is an error, and so is a name the file
    /// does not have. Default: none, every column is inferred.
    /// </summary>
    public IReadOnlyDictionary<string, ColumnType> Types { get; init; } = new Dictionary<string, ColumnType>();

    /// <summary>
    /// Texts that mean "missing" (exact; in columns of numbers, booleans and timestamps also with blanks around). Default: the empty field, quoted or not.
    /// </summary>
    public IReadOnlyList<string> MissingValues { get; init; } = [""];

    /// <summary>An inferred text column of more distinct values than this is <see cref="ColumnType.Text"/>. Default 10,000.</summary>
    public int MaxCategoryLevels { get; init; } = 10_000;

    /// <summary>
    /// An inferred text column with more than 50 distinct values, and more than this share of its rows distinct, is
    /// <see cref="ColumnType.Text"/>. Range 0 to 1, default 0.5.
    /// </summary>
    public double MaxCategoryShare { get; init; } = 0.5;

    /// <summary>Problems that are reported at once; reading stops soon after. Default 20.</summary>
    public int MaxProblems { get; init; } = 20;

    /// <summary>Threads that parse; 0 means one per processor. Never changes the result.</summary>
    public int Threads { get; init; }

    /// <summary>Bytes of the file that are parsed at a time, and so about the size of a batch. 64 to 1 GiB, default 512 KiB.</summary>
    public int BlockBytes { get; init; } = 512 << 10;

    /// <summary>Bytes one row may have. 64 to 512 MiB, default 16 MiB.</summary>
    public int MaxRowBytes { get; init; } = 16 << 20;

    /// <summary>
    /// Lines that the stream lacks before its first row because it is a part of a file (<see cref="FileRange"/>); they count where a
    /// problem's line is told. Default 0.
    /// </summary>
    public long LinesLeftOut { get; init; }

    internal int Workers => Threads > 0 ? Threads : Environment.ProcessorCount;

    internal void CheckLimits()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(BlockBytes, 64);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(BlockBytes, 1 << 30);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxRowBytes, 64);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaxRowBytes, 1 << 29);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxProblems, 1);
    }
}
