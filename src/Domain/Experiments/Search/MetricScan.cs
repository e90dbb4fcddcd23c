using System.Buffers.Text;

namespace MlOps.Domain.Experiments.Search;

/// <summary>
/// Reads the latest metrics at the end of a stored run as <see cref="LatestMetricsJson"/> writes them, byte by byte: of most runs they are most
/// of the text, and a reader of any JSON takes three times as long. Runs of one experiment mostly have the same names in the same order:
/// those are compared, not looked up.
/// </summary>
internal sealed class MetricScan(KeyPool pool)
{
    private readonly List<(int End, int Key)> _known = [];
    private byte[] _names = [];

    /// <param name="json">From the opening brace of the metrics to the end of the document.</param>
    /// <param name="into">Emptied, then filled.</param>
    /// <returns>False where anything stands there that is not expected: a sign that is escaped, a value that is no number, something behind the metrics.</returns>
    public bool TryRead(ReadOnlySpan<byte> json, List<(int Key, double Value)> into)
    {
        into.Clear();
        if (!Take(ref json, "{"u8))
            return false;
        if (json.SequenceEqual("}}"u8))
            return true;
        do
        {
            if (!Take(ref json, "\""u8))
                return false;
            int end = json.IndexOfAny((byte)'"', (byte)'\\');
            if (end < 0 || json[end] == '\\')
                return false;
            ReadOnlySpan<byte> name = json[..end];
            json = json[end..];
            if (!Take(ref json, "\":{\"v\":"u8) || !Utf8Parser.TryParse(json, out double value, out int length))
                return false;
            json = json[length..];
            if (!Take(ref json, ",\"s\":"u8) || !TakeWhole(ref json) || !Take(ref json, ",\"t\":"u8) || !TakeWhole(ref json) || !Take(ref json, "}"u8))
                return false;
            into.Add((Key(name, into.Count), value));
        }
        while (Take(ref json, ","u8));
        return json.SequenceEqual("}}"u8);
    }

    /// <param name="place">How many stand before it.</param>
    private int Key(ReadOnlySpan<byte> name, int place)
    {
        int begin = place == 0 ? 0 : _known[place - 1].End;
        if (place < _known.Count && name.SequenceEqual(_names.AsSpan(begin, _known[place].End - begin)))
            return _known[place].Key;
        Span<char> text = name.Length <= 256 ? stackalloc char[name.Length] : new char[name.Length];
        int key = pool.Number(text[..System.Text.Encoding.UTF8.GetChars(name, text)]);
        // Those behind it are of a run with other names.
        _known.RemoveRange(place, _known.Count - place);
        int end = begin + name.Length;
        if (_names.Length < end)
            Array.Resize(ref _names, Math.Max(end, 2 * _names.Length));
        name.CopyTo(_names.AsSpan(begin));
        _known.Add((end, key));
        return key;
    }

    private static bool Take(ref ReadOnlySpan<byte> json, ReadOnlySpan<byte> expected)
    {
        if (!json.StartsWith(expected))
            return false;
        json = json[expected.Length..];
        return true;
    }

    private static bool TakeWhole(ref ReadOnlySpan<byte> json)
    {
        int at = json.Length > 0 && json[0] == '-' ? 1 : 0;
        int digits = json[at..].IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        json = json[(digits < 0 ? json.Length : at + digits)..];
        return digits > 0;
    }
}
