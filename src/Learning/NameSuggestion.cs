namespace MlOps;

/// <summary>"Did you mean": the closest of the valid names to a misspelt one.</summary>
public static class NameSuggestion
{
    /// <summary>
    /// The candidate with the least edit distance (insert, delete, replace, swap of neighbours; case and <c>_ -</c> do not count),
    /// or null when none is within a third of the name's length (one edit for short names, none for a single letter).
    /// </summary>
    public static string? Closest(string name, IEnumerable<string> candidates)
    {
        string wanted = Fold(name);
        string? best = null;
        int bestDistance = (wanted.Length < 2 ? 0 : Math.Max(1, wanted.Length / 3)) + 1;
        foreach (string candidate in candidates)
        {
            int distance = Distance(wanted, Fold(candidate));
            if (distance < bestDistance)
                (best, bestDistance) = (candidate, distance);
        }

        return best;
    }

    /// <summary><c>; did you mean 'x'?</c>, or an empty text when nothing is close.</summary>
    public static string Hint(string name, IEnumerable<string> candidates) =>
        Closest(name, candidates) is { } closest ? $"; did you mean '{closest}'?" : "";

    private static string Fold(string name) => name.Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal).ToLowerInvariant();

    // Optimal string alignment (Damerau 1964, restricted): three rows suffice.
    private static int Distance(string a, string b)
    {
        int[] beforeLast = new int[b.Length + 1];
        int[] last = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int[] row = new int[b.Length + 1];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                row[j] = Math.Min(Math.Min(row[j - 1], last[j]) + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    row[j] = Math.Min(row[j], beforeLast[j - 2] + 1);
            }

            (beforeLast, last) = (last, row);
        }

        return last[b.Length];
    }
}
