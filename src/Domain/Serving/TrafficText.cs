using System.Globalization;

namespace MlOps.Domain.Serving;

/// <summary>
/// The shares of an endpoint as <see cref="EndpointTable"/> writes them, read without the serializer: a start reads nothing else that needs its
/// contracts, which cost a twentieth of it.
/// </summary>
internal static class TrafficText
{
    private const string Begin = "[{\"version\":", Middle = ",\"basisPoints\":", Next = "},{\"version\":", End = "}]";

    /// <summary>Null where the text is written in another way, however right it may be.</summary>
    public static TrafficShare[]? TryRead(ReadOnlySpan<char> text)
    {
        var shares = new List<TrafficShare>();
        string before = Begin;
        while (TryTake(ref text, before, out int version) && TryTake(ref text, Middle, out int basisPoints))
        {
            shares.Add(new TrafficShare(version, basisPoints));
            if (text.SequenceEqual(End))
                return [.. shares];
            before = Next;
        }

        return null;
    }

    private static bool TryTake(ref ReadOnlySpan<char> text, string before, out int number)
    {
        number = 0;
        if (!text.StartsWith(before, StringComparison.Ordinal))
            return false;
        text = text[before.Length..];
        int digits = 0;
        while (digits < text.Length && char.IsAsciiDigit(text[digits]))
            digits++;
        bool isNumber = int.TryParse(text[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out number);
        text = text[digits..];
        return isNumber;
    }
}
