using System.Text.Json.Serialization;
using MlOps.Learning.Tables;

namespace MlOps.Domain.Datasets;

/// <summary>An immutable version of a data set.</summary>
/// <param name="Version">1, 2, 3, ... within the name, without gaps.</param>
/// <param name="Digest">SHA-256 of the bytes, 64 lower-case hexadecimal digits.</param>
/// <param name="Format"><c>csv</c> or <c>jsonl</c>.</param>
/// <param name="Schema">Columns and types the bytes are read with, always.</param>
public sealed record DatasetVersion(
    string Name,
    int Version,
    string Digest,
    string Format,
    long Bytes,
    long Rows,
    TableSchema Schema,
    DateTimeOffset CreatedAt,
    DatasetLineage Lineage)
{
    [JsonIgnore]
    public DatasetRef Ref => new(Name, Version);
}

/// <summary>Where a version comes from.</summary>
/// <param name="Source">A file name, a URL, or what made it.</param>
/// <param name="Parent">The version it was derived from, <c>name@3</c>, or null.</param>
/// <param name="Detail">How it was derived, for people, or null.</param>
public sealed record DatasetLineage(string Source, string? Parent, string? Detail)
{
    /// <summary>The part of the system that made the version out of others; null: it came from outside. No upload can say so.</summary>
    public string? MadeBy { get; init; }
}

/// <param name="Created">False when the data set had a version of the same bytes already: <paramref name="Version"/> is that one.</param>
public sealed record DatasetAdded(DatasetVersion Version, bool Created);
