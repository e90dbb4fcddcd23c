using System.Globalization;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Serving;

/// <summary>
/// Turns a request's values into the column a feature wants, and says of each value that does not fit which row it is in, what it is
/// and what was expected. <paramref name="fromText"/>: values come from a format that has only text (CSV), so numbers are read from it.
/// <paramref name="hidden"/>: no value may be shown.
/// </summary>
internal sealed class FeatureColumnBuilder(FeatureSignature feature, bool fromText, RequestProblems problems, bool hidden = false)
{
    public Column Build(IReadOnlyList<object?> values) => feature.Type switch
    {
        ColumnType.Number => new NumberColumn(feature.Name, Convert(values, double.NaN, ToNumber)),
        ColumnType.Boolean => new BooleanColumn(feature.Name, Convert(values, (sbyte)-1, ToFlag)),
        ColumnType.Timestamp => new TimestampColumn(feature.Name, Convert(values, TimestampColumn.Missing, ToTicks)),
        ColumnType.Category => CategoryColumn.From(feature.Name, Convert<string?>(values, null, ToText)),
        _ => new TextColumn(feature.Name, Convert<string?>(values, null, ToText)),
    };

    private T[] Convert<T>(IReadOnlyList<object?> values, T missing, Func<FeatureValue, (bool Ok, T Value)> convert)
    {
        var converted = new T[values.Count];
        for (int row = 0; row < converted.Length; row++)
        {
            var value = FeatureValue.Of(values[row]);
            converted[row] = value.Kind == FeatureValueKind.Missing && !KeepsAsText(value) ? Missing(row, missing) : Fit(row, value, missing, convert);
        }

        return converted;
    }

    /// <summary>The text "NaN" is a missing number, but of a category or a text it may be a value.</summary>
    private bool KeepsAsText(FeatureValue value) => value.Text is not null && feature.Type is ColumnType.Text or ColumnType.Category && IsLevel(value.Text);

    private bool IsLevel(string? text) => feature.Type == ColumnType.Text || feature.Levels?.Contains(text!) == true;

    private T Missing<T>(int row, T missing)
    {
        if (!feature.Optional)
            problems.Add(row, "feature-null", $"feature '{feature.Name}' is missing (null or NaN), but it was never missing in training; give {Expected}");
        return missing;
    }

    private T Fit<T>(int row, FeatureValue value, T missing, Func<FeatureValue, (bool Ok, T Value)> convert)
    {
        (bool ok, T converted) = convert(value);
        if (ok)
            return converted;
        problems.Add(row, "feature-type", $"feature '{feature.Name}' is {(hidden ? value.ShownKind : value.Shown)}; expected {Expected}");
        return missing;
    }

    private string Expected => feature.Type switch
    {
        ColumnType.Number => "a finite number",
        ColumnType.Boolean => "true or false",
        ColumnType.Timestamp => "a time such as 2026-01-31 or 2026-01-31T12:00:00Z",
        ColumnType.Category when !hidden && feature.Levels is { Count: > 0 } levels =>
            $"a text such as {string.Join(", ", levels.Take(5).Select(l => $"\"{l}\""))}{(levels.Count > 5 ? ", ..." : "")}",
        _ => "a text",
    };

    private (bool Ok, double Value) ToNumber(FeatureValue value) => value.Kind switch
    {
        FeatureValueKind.Number => (true, InfiniteInput.Largest(value.Number)),
        FeatureValueKind.Text when InfiniteInput.TryRead(value.Text!, fromText, out double infinite) => (true, infinite),
        FeatureValueKind.Text when fromText => (double.TryParse(value.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out double n) && double.IsFinite(n), n),
        _ => default,
    };

    private static (bool Ok, sbyte Value) ToFlag(FeatureValue value) => value.Kind switch
    {
        FeatureValueKind.Flag => (true, (sbyte)(value.Flag ? 1 : 0)),
        FeatureValueKind.Number => (value.Number is 0 or 1, (sbyte)(value.Number == 1 ? 1 : 0)),
        FeatureValueKind.Text => (value.Text!.ToUpperInvariant() is "TRUE" or "FALSE" or "0" or "1", (sbyte)(value.Text.ToUpperInvariant() is "TRUE" or "1" ? 1 : 0)),
        _ => default,
    };

    private static (bool Ok, long Value) ToTicks(FeatureValue value) => value.Kind switch
    {
        FeatureValueKind.Time => (true, value.Time.UtcTicks),
        FeatureValueKind.Text => (DateTimeOffset.TryParse(value.Text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset t), t.UtcTicks),
        _ => default,
    };

    /// <summary>Levels that look like numbers or truth values reach us as such from JSON.</summary>
    private static (bool Ok, string? Value) ToText(FeatureValue value) => value.Kind switch
    {
        FeatureValueKind.Text or FeatureValueKind.Missing => (true, value.Text),
        FeatureValueKind.Number => (true, value.NumberText),
        FeatureValueKind.Flag => (true, value.Flag ? "true" : "false"),
        FeatureValueKind.Time => (true, value.Time.ToString("O", CultureInfo.InvariantCulture)),
        _ => default,
    };
}
