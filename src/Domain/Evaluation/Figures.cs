using System.Globalization;

namespace MlOps.Domain.Evaluation;

/// <summary>Numbers in sentences for people.</summary>
public static class Figures
{
    /// <summary>With six decimals at most.</summary>
    public static string Text(double value) => value.ToString("0.######", CultureInfo.InvariantCulture);

    /// <summary>A value and what it was compared with: rounded, unless rounding would show two different numbers as one.</summary>
    public static (string Value, string Limit) Compared(double value, double limit) => Text(value) == Text(limit) && !value.Equals(limit)
        ? (Exact(value), Exact(limit))
        : (Text(value), Text(limit));

    private static string Exact(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
