namespace MlOps.Learning;

/// <summary>The "did you mean" of error messages.</summary>
public static class Suggestion
{
    /// <summary>The known name closest to <paramref name="name"/> (edit distance, case ignored) when it is close enough to be a slip, else null.</summary>
    public static string? For(string name, IEnumerable<string> known)
    {
        string? best = null;
        int least = Math.Max(1, name.Length / 3) + 1;
        foreach (string candidate in known)
        {
            int distance = Distance(name.ToUpperInvariant(), candidate.ToUpperInvariant());
            if (distance < least)
                (best, least) = (candidate, distance);
        }

        return best;
    }

    /// <summary><c>, did you mean 'x'?</c> to put behind a message, or <paramref name="otherwise"/>.</summary>
    public static string DidYouMean(string name, IEnumerable<string> known, string otherwise = "") =>
        For(name, known) is { } closest ? $", did you mean '{closest}'?" : otherwise;

    /// <summary>Levenshtein's distance over one row of the table.</summary>
    private static int Distance(string a, string b)
    {
        var row = new int[b.Length + 1];
        for (int j = 0; j < row.Length; j++)
            row[j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}
