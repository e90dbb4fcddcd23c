using System.Globalization;
using MlOps.Learning.Metrics;

namespace MlOps.Domain.Training;

/// <summary>Which family to take: the simplest of those that are not behind the best by more than one standard error of the difference (Breiman et al. 1984, the 1-SE rule).</summary>
internal static class FamilyChoice
{
    /// <param name="families">The simplest first.</param>
    public static (FamilyScore Chosen, string Reason) Of(MetricInfo metric, IReadOnlyList<FamilyScore> families)
    {
        FamilyScore best = families.MinBy(f => f.BehindBest.Mean)!;
        FamilyScore chosen = families.First(f => f.BehindBest.Mean <= f.BehindBest.StandardError);
        string why = chosen == best
            ? $"{best.Trainer} has the best {metric.Name}{Runner(families, best)}"
            : $"{chosen.Trainer} is behind {best.Trainer} by {Text(chosen.BehindBest.Mean)} in {metric.Name}, within one standard error ({Text(chosen.BehindBest.StandardError)}): a tie goes to the simpler family";
        Difference over = chosen.OverBaseline;
        string nothing = over.Mean > over.StandardError
            ? $"better than the baseline by {Text(over.Mean)} ± {Text(over.StandardError)}"
            : $"not better than doing nothing (by {Text(over.Mean)} ± {Text(over.StandardError)}): look at the features and the target";
        return (chosen, $"{why}; {nothing}");
    }

    private static string Runner(IReadOnlyList<FamilyScore> families, FamilyScore best)
    {
        FamilyScore? next = families.Where(f => f != best).MinBy(f => f.BehindBest.Mean);
        return next is null ? "" : $", by {Text(next.BehindBest.Mean)} ± {Text(next.BehindBest.StandardError)} over {next.Trainer}";
    }

    private static string Text(double value) => value.ToString("G3", CultureInfo.InvariantCulture);
}
