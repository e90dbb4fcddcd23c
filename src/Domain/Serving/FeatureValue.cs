using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace MlOps.Domain.Serving;

/// <summary>One value of a request, freed of its protocol: missing, a number, a truth value, a text, an instant, or something no feature can be.</summary>
internal readonly record struct FeatureValue(FeatureValueKind Kind, double Number = 0, bool Flag = false, string? Text = null, DateTimeOffset Time = default)
{
    public static FeatureValue Of(object? value) => value switch
    {
        null => new(FeatureValueKind.Missing),
        JsonElement json => OfJson(json),
        string text => OfText(text),
        bool flag => new(FeatureValueKind.Flag, Flag: flag),
        double number => OfNumber(number),
        DateTimeOffset time => new(FeatureValueKind.Time, Time: time),
        IConvertible other when other.GetTypeCode() is >= TypeCode.SByte and <= TypeCode.Decimal => OfNumber(other),
        _ => new(FeatureValueKind.Other, Text: value.GetType().Name),
    };

    /// <summary>As an error message shows it.</summary>
    public string Shown => Kind switch
    {
        FeatureValueKind.Missing => "null",
        FeatureValueKind.Number => "the number " + NumberText,
        FeatureValueKind.Flag => Flag ? "true" : "false",
        FeatureValueKind.Text when InfiniteInput.TryRead(Text!, false, out _) => Text!,
        FeatureValueKind.Text => $"the text \"{(Text!.Length <= 40 ? Text : Text[..37] + "...")}\"",
        FeatureValueKind.Time => $"the time {Time:O}",
        _ => $"a value of kind {Text}",
    };

    /// <summary>The same of a value that nobody may see.</summary>
    public string ShownKind => Kind switch
    {
        FeatureValueKind.Missing => "null",
        FeatureValueKind.Number => "a number (redacted)",
        FeatureValueKind.Flag => "true or false (redacted)",
        FeatureValueKind.Text => "a text (redacted)",
        FeatureValueKind.Time => "a time (redacted)",
        _ => $"a value of kind {Text}",
    };

    /// <summary>A number as the CSV that a category was learned from would have spelled it: an id beyond 2^53 keeps all its digits.</summary>
    public string NumberText => Text ?? Number.ToString("R", CultureInfo.InvariantCulture);

    private static FeatureValue OfNumber(double number, string? digits = null) =>
        double.IsNaN(number) ? new(FeatureValueKind.Missing) : new(FeatureValueKind.Number, Number: number, Text: digits);

    private static FeatureValue OfNumber(IConvertible number)
    {
        double value = number.ToDouble(CultureInfo.InvariantCulture);
        return OfNumber(value, IsInexact(value) ? number.ToString(CultureInfo.InvariantCulture) : null);
    }

    private static FeatureValue OfJsonNumber(JsonElement json)
    {
        double value = json.GetDouble();
        // Infinity is written out; digits without an end are a slip.
        if (double.IsInfinity(value))
            return new(FeatureValueKind.Other, Text: "number beyond 1.8e308");
        return OfNumber(value, IsInexact(value) && json.GetRawText() is var text && text.AsSpan().IndexOfAny(".eE") < 0 ? text : null);
    }

    /// <summary>Whole numbers of this size share doubles.</summary>
    private static bool IsInexact(double value) => Math.Abs(value) >= 1L << 53;

    // JSON has no NaN; clients that must send one write it as text, which means the same in every protocol.
    private static FeatureValue OfText(string text) => text is "NaN" ? new(FeatureValueKind.Missing, Text: text) : new(FeatureValueKind.Text, Text: text);

    private static FeatureValue OfJson(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.Undefined => new(FeatureValueKind.Missing),
        JsonValueKind.Number => OfJsonNumber(json),
        JsonValueKind.String => OfText(json.GetString()!),
        JsonValueKind.True => new(FeatureValueKind.Flag, Flag: true),
        JsonValueKind.False => new(FeatureValueKind.Flag),
        JsonValueKind.Array => new(FeatureValueKind.Other, Text: "array"),
        _ => Decoded(json) is { } text ? new(FeatureValueKind.Text, Text: text) : new(FeatureValueKind.Other, Text: "object"),
    };

    /// <summary>TensorFlow's spelling of bytes, <c>{"b64": text}</c>, if they are text; else null.</summary>
    private static string? Decoded(JsonElement json)
    {
        bool encoded = json.GetPropertyCount() == 1 && json.TryGetProperty("b64", out JsonElement text) && text.ValueKind == JsonValueKind.String;
        return encoded && json.GetProperty("b64").TryGetBytesFromBase64(out byte[]? bytes) && Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : null;
    }
}

internal enum FeatureValueKind
{
    Missing,
    Number,
    Flag,
    Text,
    Time,
    Other,
}
