namespace MlOps.Domain.Serving.Explanations;

/// <summary>How a request wants its predictions explained.</summary>
/// <param name="TopK">So many of the largest contributions a row, by absolute value, the rest as one sum; null for all. At least 1.</param>
public sealed record ExplainOptions(int? TopK = null)
{
    /// <summary>Most rows that one request may have explained: an explanation costs some hundred times a prediction.</summary>
    public const int MaxRows = 10_000;

    /// <summary>Most contributions (rows x features, of multiclass x classes) of one request.</summary>
    public const int MaxContributions = 2_000_000;

    public static ExplainOptions All { get; } = new();
}
