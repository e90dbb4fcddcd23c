using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace MlOps.Learning.Importing.Lightgbm;

/// <summary>A run of <c>key=value</c> lines: the head of the file, or one tree.</summary>
/// <param name="name">For messages.</param>
internal sealed class LightgbmSection(string name, Dictionary<string, ReadOnlyMemory<byte>> values)
{
    public bool Has(string key) => values.ContainsKey(key);

    public string? Find(string key) => values.TryGetValue(key, out ReadOnlyMemory<byte> value) ? Encoding.UTF8.GetString(value.Span) : null;

    public string Text(string key) => Find(key) ?? throw ImportErrors.Damaged($"{name} has no '{key}'");

    public int Count(string key) => int.TryParse(Text(key), NumberStyles.None, CultureInfo.InvariantCulture, out int count)
        ? count
        : throw ImportErrors.Damaged($"'{key}' of {name} is '{Text(key)}', a count is expected");

    /// <summary>So many numbers with blanks between them.</summary>
    public double[] Numbers(string key, int length)
    {
        ReadOnlySpan<byte> rest = values.TryGetValue(key, out ReadOnlyMemory<byte> value) ? value.Span : throw ImportErrors.Damaged($"{name} has no '{key}'");

        // A number and the blank behind it take two bytes at least.
        if (length < 0 || length > (rest.Length + 1) / 2)
            throw Short(key, length);
        var numbers = new double[length];
        for (int i = 0; i < length; i++)
        {
            rest = rest.TrimStart((byte)' ');
            if (!TryNumber(rest, out numbers[i], out int used))
                throw Short(key, length);
            rest = rest[used..];
        }

        return rest.Trim((byte)' ').IsEmpty ? numbers : throw Short(key, length);
    }

    public int[] Whole(string key, int length)
    {
        double[] numbers = Numbers(key, length);
        var whole = new int[length];
        for (int i = 0; i < length; i++)
        {
            whole[i] = (int)numbers[i];
            if (whole[i] != numbers[i])
                throw ImportErrors.Damaged($"'{key}' of {name} is not made of whole numbers");
        }

        return whole;
    }

    private static bool TryNumber(ReadOnlySpan<byte> text, out double number, out int used)
    {
        if (Utf8Parser.TryParse(text, out number, out used))
            return true;
        int end = text.IndexOf((byte)' ');
        used = end < 0 ? text.Length : end;
        string word = Encoding.ASCII.GetString(text[..Math.Min(used, 8)]);
        number = word switch { "inf" => double.PositiveInfinity, "-inf" => double.NegativeInfinity, "nan" or "-nan" => double.NaN, _ => 0 };
        return word is "inf" or "-inf" or "nan" or "-nan";
    }

    private MlOpsException Short(string key, int length) => ImportErrors.Damaged($"'{key}' of {name} is not {length:N0} numbers");
}
