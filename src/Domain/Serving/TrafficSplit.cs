namespace MlOps.Domain.Serving;

/// <summary>
/// Which shares are legal and which version has which bucket. Every version but the first takes its buckets from 0 upwards in order
/// and the first has the rest, so that raising the share of one new version only ever adds units to it: no unit goes back and forth.
/// </summary>
public static class TrafficSplit
{
    /// <summary>All traffic to one version.</summary>
    public static IReadOnlyList<TrafficShare> Whole(int version) => [new(version, StickyBucket.Count)];

    /// <summary>The stable version and a canary with so many of 10,000 basis points; one of them alone at 0 or 10,000.</summary>
    public static IReadOnlyList<TrafficShare> Canary(int stable, int canary, int basisPoints) => basisPoints switch
    {
        <= 0 => Whole(stable),
        >= StickyBucket.Count => Whole(canary),
        _ => [new(stable, StickyBucket.Count - basisPoints), new(canary, basisPoints)],
    };

    /// <summary>The stable version and several new ones with so many of 10,000 basis points each; those with none are left out.</summary>
    public static IReadOnlyList<TrafficShare> Several(int stable, IEnumerable<TrafficShare> others)
    {
        TrafficShare[] some = [.. others.Where(o => o.BasisPoints > 0)];
        return [new(stable, StickyBucket.Count - some.Sum(o => o.BasisPoints)), .. some];
    }

    internal static int VersionAt(IReadOnlyList<TrafficShare> traffic, int bucket)
    {
        int end = 0;
        for (int i = 1; i < traffic.Count; i++)
        {
            end += traffic[i].BasisPoints;
            if (bucket < end)
                return traffic[i].Version;
        }

        return traffic[0].Version;
    }

    /// <exception cref="MlOpsException">Invalid <c>traffic-invalid</c>.</exception>
    internal static void Check(string model, IReadOnlyList<TrafficShare> traffic)
    {
        int sum = traffic.Sum(s => s.BasisPoints);
        if (traffic.Count > 0 && sum != StickyBucket.Count)
            throw Invalid(model, traffic, $"they sum to {sum}, expected {StickyBucket.Count}");
        if (traffic.FirstOrDefault(s => s.BasisPoints is < 0 or > StickyBucket.Count) is { } wrong)
            throw Invalid(model, traffic, $"version {wrong.Version} has {wrong.BasisPoints}, allowed are 0 to {StickyBucket.Count}");
        if (traffic.GroupBy(s => s.Version).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw Invalid(model, traffic, $"version {twice.Key} is there twice");
    }

    public static string Format(IReadOnlyList<TrafficShare> traffic) =>
        traffic.Count == 0 ? "none" : string.Join(", ", traffic.Select(s => $"version {s.Version}: {s.BasisPoints / 100.0:0.##} %"));

    private static MlOpsException Invalid(string model, IReadOnlyList<TrafficShare> traffic, string problem) =>
        MlOpsException.Invalid("traffic-invalid", $"traffic of '{model}' cannot be [{Format(traffic)}] in basis points: {problem}");
}
