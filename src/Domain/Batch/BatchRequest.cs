namespace MlOps.Domain.Batch;

/// <summary>The file format of the parts.</summary>
public enum BatchFormat
{
    Csv,
    Jsonl,
}

/// <summary>Which columns of the data set stand before the predictions.</summary>
public enum BatchColumns
{
    /// <summary>Those that the model neither reads nor predicts: ids and the like.</summary>
    Keys,
    All,
    None,
}

/// <summary>What becomes of rows that the model cannot score.</summary>
public enum BadRowPolicy
{
    /// <summary>The batch fails and names them.</summary>
    Fail,

    /// <summary>They are left out and listed, with their reasons, in a rejected part.</summary>
    Skip,
}

/// <summary>What to score and how.</summary>
/// <param name="Model"><c>churn</c>, <c>churn@champion</c> or <c>churn/3</c>; resolved once.</param>
/// <param name="Dataset"><c>telco@3</c>, or <c>telco</c> for its latest version; resolved once.</param>
public sealed record BatchRequest(string Model, string Dataset)
{
    /// <summary>Rows a partition, 1 to 1,000,000. Default 100,000.</summary>
    public int PartitionRows { get; init; } = 100_000;

    /// <summary>Default csv.</summary>
    public BatchFormat Format { get; init; } = BatchFormat.Csv;

    /// <summary>Default keys.</summary>
    public BatchColumns Columns { get; init; } = BatchColumns.Keys;

    /// <summary>Only with columns keys: the columns to keep, by name, instead of those that the model does not know. Default none.</summary>
    public IReadOnlyList<string> Keys { get; init; } = [];

    /// <summary>Default fail.</summary>
    public BadRowPolicy OnBadRow { get; init; } = BadRowPolicy.Fail;

    /// <summary>Partitions scored at once, 1 to 64; the host may run fewer. Default 4.</summary>
    public int Parallel { get; init; } = 4;

    /// <summary>Attempts after the first that a partition has when the storage fails, 0 to 10. Default 3.</summary>
    public int Retries { get; init; } = 3;

    /// <summary>Days that the output is kept, 1 to 3,650. Default 30.</summary>
    public int KeepDays { get; init; } = 30;

    /// <summary>A data set whose next version the output becomes; not the one that is scored. Default none.</summary>
    public string? SaveAs { get; init; }
}
