using System.Text;

namespace MlOps.Embedded.Storage;

/// <summary>
/// How a blob's path becomes file names. Lower-case letters, digits and <c>. _ ~ -</c> stand for themselves; an upper-case letter
/// is <c>^</c> and its lower case, so that names that differ in case alone stay apart on every file system; any other byte of
/// the UTF-8 form is <c>%HH</c>. A directory's name ends in <c>+</c>, so that <c>a</c> and <c>a/b</c> can both be blobs. A name
/// longer than file systems take goes on in a directory that ends in <c>&amp;</c>.
/// </summary>
internal static class BlobPath
{
    public const char DirectoryMark = '+';
    public const char MoreMark = '&';

    /// <summary>Most file systems take 255 bytes.</summary>
    private const int NameChars = 240;

    /// <returns>File names from the container down.</returns>
    public static IReadOnlyList<string> Names(string path)
    {
        var names = new List<string>();
        string[] segments = path.Split('/');
        for (int i = 0; i < segments.Length; i++)
            AddNames(names, segments[i], isDirectory: i < segments.Length - 1);
        return names;
    }

    /// <summary>The text that a file name stands for, without its mark; null when no blob has such a name.</summary>
    public static string? Unescape(ReadOnlySpan<char> name)
    {
        var bytes = new List<byte>(name.Length);
        for (int i = 0; i < name.Length; i++)
        {
            if (name[i] == '^' && i + 1 < name.Length && char.IsAsciiLetterLower(name[i + 1]))
                bytes.Add((byte)char.ToUpperInvariant(name[++i]));
            else if (name[i] == '%' && i + 2 < name.Length && byte.TryParse(name.Slice(i + 1, 2), System.Globalization.NumberStyles.AllowHexSpecifier, null, out byte value))
                (bytes, i) = (Append(bytes, value), i + 2);
            else if (IsPlain(name[i]))
                bytes.Add((byte)name[i]);
            else
                return null;
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }

    private static void AddNames(List<string> names, string segment, bool isDirectory)
    {
        var name = new StringBuilder();
        foreach (Rune rune in segment.EnumerateRunes())
        {
            string escaped = Escape(rune);
            if (name.Length + escaped.Length > NameChars)
            {
                names.Add(name.Append(MoreMark).ToString());
                name.Clear();
            }

            name.Append(escaped);
        }

        names.Add(isDirectory ? name.Append(DirectoryMark).ToString() : name.ToString());
    }

    private static string Escape(Rune rune)
    {
        char ascii = rune.IsAscii ? (char)rune.Value : '\0';
        if (IsPlain(ascii))
            return ascii.ToString();
        if (char.IsAsciiLetterUpper(ascii))
            return $"^{char.ToLowerInvariant(ascii)}";
        Span<byte> bytes = stackalloc byte[4];
        int count = rune.EncodeToUtf8(bytes);
        var escaped = new StringBuilder(12);
        foreach (byte b in bytes[..count])
            escaped.Append('%').Append(b.ToString("X2", null));
        return escaped.ToString();
    }

    private static List<byte> Append(List<byte> bytes, byte value)
    {
        bytes.Add(value);
        return bytes;
    }

    private static bool IsPlain(char c) => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '.' or '_' or '~' or '-';
}
