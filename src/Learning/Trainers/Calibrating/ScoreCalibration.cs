namespace MlOps.Learning.Trainers;

/// <summary>
/// From the margin of a binary model to the probability of its positive class, as fitted on rows that the model did not learn from; takes
/// the place of the link. Either a sigmoid of a line, or steps with straight lines between them.
/// </summary>
/// <param name="Method"><c>platt</c> or <c>isotonic</c>.</param>
/// <param name="Margins">Platt: the line's slope and intercept. Isotonic: ascending, at least one; outside the nearest end holds.</param>
/// <param name="Probabilities">Isotonic: at each margin, ascending; Platt: empty.</param>
public sealed record ScoreCalibration(string Method, IReadOnlyList<double> Margins, IReadOnlyList<double> Probabilities)
{
    public const string Platt = "platt";

    public const string Isotonic = "isotonic";

    /// <summary>What a reader of a file must hold it to; null for nothing wrong.</summary>
    internal string? Problem => (Method, Margins, Probabilities) switch
    {
        (_, null, _) or (_, _, null) => "is incomplete",
        (Platt, { Count: 2 }, { Count: 0 }) when Margins.All(double.IsFinite) => null,
        (Isotonic, { Count: > 0 }, _) when Margins.Count == Probabilities.Count && Rises(Margins) && Rises(Probabilities) && Probabilities[0] >= 0 && Probabilities[^1] <= 1 => null,
        _ => $"is no '{Platt}' with a line and no '{Isotonic}' whose numbers rise",
    };

    /// <summary>Allocates nothing.</summary>
    internal double Apply(double margin) => Method == Platt ? Links.Sigmoid((Margins[0] * margin) + Margins[1]) : Between(margin);

    private double Between(double margin)
    {
        (int low, int high) = (0, Margins.Count - 1);
        if (!(margin > Margins[low]))
            return Probabilities[low];
        if (margin >= Margins[high])
            return Probabilities[high];
        while (high - low > 1)
        {
            int middle = (low + high) / 2;
            (low, high) = Margins[middle] <= margin ? (middle, high) : (low, middle);
        }

        double width = Margins[high] - Margins[low];
        return width > 0 ? Probabilities[low] + ((margin - Margins[low]) / width * (Probabilities[high] - Probabilities[low])) : Probabilities[high];
    }

    private static bool Rises(IReadOnlyList<double> values)
    {
        for (int i = 0; i < values.Count; i++)
        {
            if (!double.IsFinite(values[i]) || (i > 0 && values[i] < values[i - 1]))
                return false;
        }

        return true;
    }
}
