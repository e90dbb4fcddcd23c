namespace MlOps.Domain.Experiments;

/// <summary>
/// Checks the path of an artifact: relative, segments joined by <c>/</c>, none of them empty, <c>.</c> or <c>..</c>, also not after
/// percent-decoding, however often; no backslash, drive letter or control character.
/// </summary>
internal static class ArtifactPath
{
    private const int MaxChars = 900;

    public static string Check(string path)
    {
        if (path.Length is 0 or > MaxChars || !IsSafe(path) || !IsSafeDecoded(path))
        {
            throw MlOpsException.Invalid("artifact-path",
                $"'{path}' is no artifact path: it must be relative, of at most {MaxChars} characters, without '.', '..' or empty parts, backslash, drive letter or control character");
        }

        return path;
    }

    private static bool IsSafeDecoded(string path)
    {
        for (string decoded = Uri.UnescapeDataString(path); decoded != path; decoded = Uri.UnescapeDataString(path))
        {
            if (!IsSafe(decoded))
                return false;
            path = decoded;
        }

        return true;
    }

    private static bool IsSafe(string path) =>
        !path.Contains('\\') && !path.Any(char.IsControl) && !(path.Length > 1 && path[1] == ':' && char.IsAsciiLetter(path[0]))
        && path.Split('/').All(part => part is not ("" or "." or ".."));
}
