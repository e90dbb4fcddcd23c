using MlOps.Learning.Tables;

namespace MlOps.Domain.Datasets;

/// <summary>How bytes become a version.</summary>
public sealed record DatasetAddOptions
{
    /// <summary>Where the bytes come from: a file name or a URL, kept as lineage. Default <c>upload</c>.</summary>
    public string Source { get; init; } = "upload";

    /// <summary><c>csv</c> or <c>jsonl</c>. Default: by the ending of <see cref="Source"/> (.jsonl, .ndjson), otherwise csv.</summary>
    public string? Format { get; init; }

    /// <summary>CSV only. Default: a tab for a <see cref="Source"/> that ends in .tsv, otherwise a comma.</summary>
    public char? Delimiter { get; init; }

    /// <summary>Types by column name; the others are inferred.</summary>
    public IReadOnlyDictionary<string, ColumnType> Types { get; init; } = new Dictionary<string, ColumnType>();

    /// <summary>The version this one is derived from, <c>name@3</c>; it must exist. Default none.</summary>
    public string? Parent { get; init; }

    /// <summary>How it was derived, for people. Default none.</summary>
    public string? Detail { get; init; }

    /// <summary>See <see cref="DatasetLineage.MadeBy"/>: only the domain itself can say so.</summary>
    internal string? MadeBy { get; init; }

    /// <summary>Columns the file must have, for example the target of the pipelines that use it. Default none.</summary>
    public IReadOnlyList<string> RequiredColumns { get; init; } = [];
}
