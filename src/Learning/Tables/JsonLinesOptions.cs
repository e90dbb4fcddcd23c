namespace MlOps.Learning.Tables;

/// <summary>How a JSON Lines file is read.</summary>
public sealed record JsonLinesOptions : TableReadOptions
{
    public static readonly JsonLinesOptions Default = new();
}
