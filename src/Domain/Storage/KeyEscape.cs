using System.Globalization;
using System.Text;

namespace MlOps.Domain.Storage;

/// <summary>
/// Makes any text a legal table key: letters, digits and <c>. _ ~ -</c> stand for themselves, every other UTF-16 unit is
/// <c>!HHHH</c>. Table Storage forbids <c>/ \ # ?</c> and control characters in keys. Rows are ordered by the escaped form,
/// and the escape of a prefix is a prefix of the escape, so that prefix scans work on both sides.
/// </summary>
public static class KeyEscape
{
    public static string Escape(string key)
    {
        int first = 0;
        while (first < key.Length && IsPlain(key[first]))
            first++;
        if (first == key.Length)
            return key;
        var escaped = new StringBuilder(key.Length + 16).Append(key, 0, first);
        foreach (char c in key.AsSpan(first))
        {
            if (IsPlain(c))
                escaped.Append(c);
            else
                escaped.Append('!').Append(((int)c).ToString("X4", CultureInfo.InvariantCulture));
        }

        return escaped.ToString();
    }

    /// <exception cref="FormatException">The text is no result of <see cref="Escape"/>.</exception>
    public static string Unescape(string escaped)
    {
        if (!escaped.Contains('!'))
            return escaped;
        var key = new StringBuilder(escaped.Length);
        for (int i = 0; i < escaped.Length; i++)
        {
            if (escaped[i] != '!')
            {
                key.Append(escaped[i]);
                continue;
            }

            if (i + 4 >= escaped.Length || !ushort.TryParse(escaped.AsSpan(i + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort unit))
                throw new FormatException($"'{escaped}' is not an escaped key: no four hexadecimal digits after '!' at {i}");
            key.Append((char)unit);
            i += 4;
        }

        return key.ToString();
    }

    private static bool IsPlain(char c) => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '~' or '-';
}
