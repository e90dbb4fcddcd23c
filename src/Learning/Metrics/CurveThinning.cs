namespace MlOps.Learning.Metrics;

/// <summary>
/// Curves of few points. A point is left out while the area between the curve and the chord over what is left out stays below its share of
/// <see cref="ClassCurves.AreaBound"/>, and the chord short enough for the eye; so the bound holds for the whole, and points on a straight
/// line go first, as with scikit-learn's <c>drop_intermediate</c>.
/// </summary>
internal static class CurveThinning
{
    /// <summary>No chord goes further, in both directions together; a curve goes 2.</summary>
    private const double LongestChord = 0.02;

    /// <summary>Curves of so few points are kept whole but for straight lines.</summary>
    private const int Few = 200;

    public static IReadOnlyList<RocPoint> Roc(List<ThresholdStep> steps)
    {
        ThresholdStep last = steps[^1];
        return [.. Thin([.. steps.Select(s => (s.Negatives / last.Negatives, s.Positives / last.Positives))], 0.5)
            .Select(i => new RocPoint(i == 0 ? null : steps[i].Threshold, steps[i].Negatives / last.Negatives, steps[i].Positives / last.Positives))];
    }

    public static IReadOnlyList<PrecisionRecallPoint> PrecisionRecall(List<ThresholdStep> steps)
    {
        double positives = steps[^1].Positives;
        return [.. Thin([.. steps.Select((s, i) => (s.Positives / positives, i == 0 ? 1 : s.Positives / s.Weight))], 0)
            .Select(i => new PrecisionRecallPoint(i == 0 ? null : steps[i].Threshold, steps[i].Positives / positives, i == 0 ? 1 : steps[i].Positives / steps[i].Weight))];
    }

    /// <summary>Which points to keep: the first, the last and what is needed between.</summary>
    /// <param name="before">How much the earlier point's height counts in the area of a step: half for trapezoids, nothing for steps.</param>
    internal static List<int> Thin((double X, double Y)[] points, double before)
    {
        var kept = new List<int> { 0 };
        double area = 0;
        bool few = points.Length <= Few;
        for (int i = 1; i + 1 < points.Length; i++)
        {
            area += Area(points[i - 1], points[i], before);
            ((double X, double Y) from, (double X, double Y) next) = (points[kept[^1]], points[i + 1]);
            double change = Math.Abs(area + Area(points[i], next, before) - Area(from, next, before));
            double length = next.X - from.X + Math.Abs(next.Y - from.Y);
            if (few ? !Straight(from, points[i], next) : length > LongestChord || change > ClassCurves.AreaBound * (before == 0 ? next.X - from.X : length / 2))
            {
                kept.Add(i);
                area = 0;
            }
        }

        if (points.Length > 1)
            kept.Add(points.Length - 1);
        return kept;
    }

    private static double Area((double X, double Y) from, (double X, double Y) to, double before) => (to.X - from.X) * ((before * from.Y) + ((1 - before) * to.Y));

    private static bool Straight((double X, double Y) a, (double X, double Y) b, (double X, double Y) c) =>
        (a.X == b.X && b.X == c.X) || (a.Y == b.Y && b.Y == c.Y);
}
