namespace MlOps.Learning.Explaining;

/// <summary>The effect of one input on the scores, over its values.</summary>
/// <param name="Method"><c>pdp</c> (mean score), <c>ale</c> (score above its mean).</param>
/// <param name="Outputs">What the effects are of: the target for regression, the positive class for binary, each class for multiclass.</param>
public sealed record FeatureEffect(string Feature, string Method, IReadOnlyList<string> Outputs, IReadOnlyList<EffectPoint> Points)
{
    /// <summary>Individual conditional expectations, where asked for: the score of single rows at the points.</summary>
    public IReadOnlyList<IndividualEffect> Individual { get; init; } = [];
}

/// <summary>A value of the input.</summary>
/// <param name="Value">Of a number; null for a level.</param>
/// <param name="Level">Of a category; null for a number.</param>
/// <param name="Effects">One an output: numbers and probabilities, not margins.</param>
public sealed record EffectPoint(double? Value, string? Level, IReadOnlyList<double> Effects);

/// <summary>One row's scores.</summary>
/// <param name="Row">Its place in the table, from 0.</param>
/// <param name="Effects">By point, then output.</param>
public sealed record IndividualEffect(int Row, IReadOnlyList<IReadOnlyList<double>> Effects);

/// <summary>How effects are measured.</summary>
public sealed record EffectOptions
{
    /// <summary>Points of a number: quantiles of its values; 2 to 1000, default 20. An input of no more distinct values is asked at each.</summary>
    public int Points { get; init; } = 20;

    /// <summary>A table of more rows is sampled down to this many; default 10,000.</summary>
    public int MaxRows { get; init; } = 10_000;

    /// <summary>Rows whose own curves are kept, drawn at random; 0 (the default) none.</summary>
    public int Individual { get; init; }

    public ulong Seed { get; init; } = 42;

    /// <exception cref="MlOpsException">Invalid <c>explain-effect</c>.</exception>
    internal void Check()
    {
        if (Points is < 2 or > 1000 || MaxRows < 1 || Individual < 0)
            throw MlOpsException.Invalid("explain-effect", $"points is {Points} and must be 2 to 1000; rows {MaxRows} at least 1; individual {Individual} at least 0");
    }
}
