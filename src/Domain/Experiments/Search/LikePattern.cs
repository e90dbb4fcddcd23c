namespace MlOps.Domain.Experiments.Search;

/// <summary>SQL's LIKE: <c>%</c> is any run of characters, <c>_</c> any one.</summary>
internal static class LikePattern
{
    /// <summary>Goes back only to the last <c>%</c>, so the time is at worst the product of the two lengths.</summary>
    public static bool Matches(ReadOnlySpan<char> text, ReadOnlySpan<char> pattern, bool ignoreCase)
    {
        (int at, int part, int anyPart, int anyAt) = (0, 0, -1, 0);
        while (at < text.Length)
        {
            if (part < pattern.Length && pattern[part] == '%')
                (anyPart, anyAt) = (part++, at);
            else if (part < pattern.Length && (pattern[part] == '_' || Same(text[at], pattern[part], ignoreCase)))
                (at, part) = (at + 1, part + 1);
            else if (anyPart >= 0)
                (part, at) = (anyPart + 1, ++anyAt);
            else
                return false;
        }

        return pattern[part..].TrimStart('%').Length == 0;
    }

    private static bool Same(char a, char b, bool ignoreCase) => a == b || (ignoreCase && char.ToUpperInvariant(a) == char.ToUpperInvariant(b));
}
