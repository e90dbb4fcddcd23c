namespace MlOps.Domain.Experiments;

/// <summary>Params and tags as documents hold them: in order of the name.</summary>
internal static class Texts
{
    public static SortedDictionary<string, string> Sorted(IReadOnlyDictionary<string, string> texts)
    {
        var sorted = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach ((string name, string text) in texts)
            sorted[name] = text;
        return sorted;
    }

    /// <summary>Of a name that both have, what <paramref name="more"/> says.</summary>
    public static SortedDictionary<string, string> Merged(IReadOnlyDictionary<string, string> known, IReadOnlyDictionary<string, string> more)
    {
        SortedDictionary<string, string> all = Sorted(known);
        foreach ((string name, string text) in more)
            all[name] = text;
        return all;
    }
}
