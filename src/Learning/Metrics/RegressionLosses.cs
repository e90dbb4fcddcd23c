namespace MlOps.Learning.Metrics;

/// <summary>A loss of a row of a regression whose mean is a metric.</summary>
/// <param name="Of">From truth and prediction.</param>
/// <param name="Forbidden">Pairs for which it is not defined; null: none.</param>
/// <param name="Needs">What a row must have, in words.</param>
internal sealed record RegressionLoss(string Name, Func<double, double, double> Of, Func<double, double, bool>? Forbidden = null, string Needs = "")
{
    /// <summary>The first row for which it is not defined, in a sentence; or null.</summary>
    public string? WhyUndefined(double[] truth, double[] predicted)
    {
        for (int i = 0; Forbidden is not null && i < truth.Length; i++)
        {
            if (Forbidden(truth[i], predicted[i]))
                return $"row {i + 1} has truth {truth[i]:R} and prediction {predicted[i]:R}; it needs {Needs}";
        }

        return null;
    }
}

/// <summary>The losses that there are, in one table.</summary>
internal static class RegressionLosses
{
    public const string OwnPinball = "pinball";

    public static readonly IReadOnlyList<RegressionLoss> All =
    [
        new("mse", (y, p) => (y - p) * (y - p)),
        new("mae", (y, p) => Math.Abs(y - p)),
        new("mape", (y, p) => Math.Abs(y - p) / Math.Abs(y), (y, _) => y == 0, "a truth that is not 0"),
        new("msle", (y, p) => Square(double.LogP1(y) - double.LogP1(p)), (y, p) => y < 0 || p < 0, "both to be at least 0"),
        new("pinball10", (y, p) => Pinball(y - p, 0.1)),
        new("pinball50", (y, p) => Pinball(y - p, 0.5)),
        new("pinball90", (y, p) => Pinball(y - p, 0.9)),
        new("poissonDeviance", Poisson, (y, p) => y < 0 || p <= 0, "a truth of at least 0 and a prediction above 0"),
        new("gammaDeviance", (y, p) => 2 * (Math.Log(p / y) + (y / p) - 1), (y, p) => y <= 0 || p <= 0, "both to be above 0"),
        new("tweedieDeviance", (y, p) => Tweedie(y, p, 1.5), (y, p) => y < 0 || p <= 0, "a truth of at least 0 and a prediction above 0"),
    ];

    /// <summary>The pinball loss of the quantile that the model was trained for.</summary>
    public static RegressionLoss OfQuantile(double quantile) => new(OwnPinball, (y, p) => Pinball(y - p, quantile));

    /// <summary>Koenker and Bassett 1978: an error costs by its side, so that the best prediction is a quantile.</summary>
    private static double Pinball(double error, double quantile) => error >= 0 ? quantile * error : (quantile - 1) * error;

    private static double Poisson(double y, double p) => 2 * ((y == 0 ? 0 : y * Math.Log(y / p)) - y + p);

    /// <summary>Unit deviance of the Tweedie family for a power in (1, 2) (Jorgensen 1987).</summary>
    private static double Tweedie(double y, double p, double power) =>
        2 * ((Math.Pow(y, 2 - power) / ((1 - power) * (2 - power))) - (y * Math.Pow(p, 1 - power) / (1 - power)) + (Math.Pow(p, 2 - power) / (2 - power)));

    private static double Square(double x) => x * x;
}
