namespace MlOps.Learning.Tables.Profiling;

/// <summary>Profiles columns whose values are names: categories, booleans, text.</summary>
internal static class LevelProfiler
{
    private const int Top = 20;
    private const int MaxCounted = 100_000;

    public static ColumnProfile Profile(CategoryColumn column)
    {
        int[] counts = new int[column.Levels.Count];
        foreach (int code in column.Codes)
        {
            if (code >= 0)
                counts[code]++;
        }

        return Profile(column, column.Levels, counts, exact: true);
    }

    public static ColumnProfile Profile(BooleanColumn column)
    {
        ReadOnlySpan<sbyte> values = column.Values;
        return Profile(column, ["false", "true"], [values.Count((sbyte)0), values.Count((sbyte)1)], exact: true);
    }

    public static ColumnProfile Profile(TextColumn column)
    {
        var codes = new Dictionary<string, int>(StringComparer.Ordinal);
        var counts = new List<int>();
        int missing = 0;
        bool exact = true;
        foreach (string? text in column.Values)
        {
            if (text is null)
                missing++;
            else if (codes.TryGetValue(text, out int code))
                counts[code]++;
            else if (codes.Count < MaxCounted && codes.TryAdd(text, codes.Count))
                counts.Add(1);
            else
                exact = false;
        }

        return exact
            ? Profile(column, [.. codes.Keys], [.. counts], exact)
            : new ColumnProfile(column.Name, column.Type, column.Count, missing, codes.Count, exact, null, null, []);
    }

    private static ColumnProfile Profile(Column column, IReadOnlyList<string> levels, int[] counts, bool exact)
    {
        // OrderByDescending is stable: ties stay in order of first appearance.
        LevelCount[] top = [.. levels.Zip(counts, (level, count) => new LevelCount(level, count)).Where(l => l.Count > 0).OrderByDescending(l => l.Count).Take(Top)];
        return new ColumnProfile(column.Name, column.Type, column.Count, column.Count - counts.Sum(), counts.Count(c => c > 0), exact, null, null, top);
    }
}
