using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;

namespace MlOps.Cli.Commands;

/// <summary>Reads values of options and arguments; what does not fit is answered with what is allowed, in the words of the command line.</summary>
internal static partial class OptionValue
{
    /// <summary>One of the names of an enumeration, in any case.</summary>
    public static Func<ArgumentResult, T> Choice<T>()
        where T : struct, Enum => result => ChoiceOf<T>(Text(result)) ?? Refuse<T>(result, string.Join(", ", Enum.GetNames<T>().Select(n => n.ToLowerInvariant())));

    /// <summary>The value with that name, in any case; null for none.</summary>
    public static T? ChoiceOf<T>(string text)
        where T : struct, Enum =>
        Enum.GetNames<T>().FirstOrDefault(n => n.Equals(text, StringComparison.OrdinalIgnoreCase)) is { } name ? Enum.Parse<T>(name) : null;

    /// <inheritdoc cref="Choice{T}"/>
    public static Func<ArgumentResult, T?> OptionalChoice<T>()
        where T : struct, Enum => result => result.Tokens.Count == 0 ? null : Choice<T>()(result);

    /// <summary>A number that <paramref name="fits"/>; <paramref name="allowed"/> says in words which do.</summary>
    public static Func<ArgumentResult, T> Number<T>(string allowed, Func<T, bool> fits)
        where T : struct, INumber<T> => result =>
        T.TryParse(Text(result), NumberStyles.Float, CultureInfo.InvariantCulture, out T value) && T.IsFinite(value) && fits(value) ? value : Refuse<T>(result, allowed);

    /// <inheritdoc cref="Number{T}"/>
    public static Func<ArgumentResult, T?> OptionalNumber<T>(string allowed, Func<T, bool> fits)
        where T : struct, INumber<T> => result =>
        result.Tokens.Count == 0 ? null : Number(allowed, fits)(result);

    /// <summary>Whole numbers from 1 with commas between; <paramref name="allowed"/> says so in words.</summary>
    public static Func<ArgumentResult, int[]> Numbers(string allowed) => result =>
    {
        int[] numbers = [.. result.Tokens.SelectMany(t => t.Value.Split(',')).Select(n => int.TryParse(n, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0)];
        return numbers.Length > 0 && numbers.All(n => n > 0) ? numbers : Refuse<int[]>(result, allowed);
    };

    /// <summary>Numbers of 0 to 100 with commas between, percent signs where wanted; <paramref name="allowed"/> says so in words.</summary>
    public static Func<ArgumentResult, double[]?> Percentages(string allowed) => result =>
    {
        double[] numbers = [.. result.Tokens.SelectMany(t => t.Value.Split(',')).Select(n => double.TryParse(n.TrimEnd('%'), NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : double.NaN)];
        return numbers.Length > 0 && numbers.All(n => n is >= 0 and <= 100) ? numbers : Refuse<double[]>(result, allowed);
    };

    /// <summary>The character between fields: itself, or `tab`, or `\t`.</summary>
    public static char? Delimiter(ArgumentResult result) => Text(result) switch
    {
        "tab" or "\\t" => '\t',
        { Length: 1 } one => one[0],
        _ => Refuse<char>(result, "one character, or tab"),
    };

    /// <summary>Days, hours, minutes, seconds and milliseconds: `30d`, `1d12h`, `90s`, `5ms`.</summary>
    public static TimeSpan? OptionalDuration(ArgumentResult result)
    {
        if (result.Tokens.Count == 0)
            return null;
        Match match = DurationParts().Match(Text(result));
        if (!match.Success || match.Length == 0)
            return Refuse<TimeSpan?>(result, "days, hours, minutes and seconds such as 30d, 12h or 1d12h30m");
        double[] parts = [.. match.Groups.Values.Skip(1).Select(g => g.Success ? double.Parse(g.Value, CultureInfo.InvariantCulture) : 0)];
        return TimeSpan.FromSeconds((((((parts[0] * 24) + parts[1]) * 60) + parts[2]) * 60) + parts[3] + (parts[4] / 1_000));
    }

    [GeneratedRegex(@"^(?:(\d{1,5})d)?(?:(\d{1,5})h)?(?:(\d{1,5})m)?(?:(\d{1,5})s)?(?:(\d{1,5})ms)?\z")]
    private static partial Regex DurationParts();

    private static T Refuse<T>(ArgumentResult result, string allowed)
    {
        string name = result.Parent is OptionResult option ? option.Option.Name : result.Argument.Name.ToUpperInvariant();
        result.AddError($"{name} '{Text(result)}' is not allowed: {allowed}");
        return default!;
    }

    private static string Text(ArgumentResult result) => result.Tokens.Count == 0 ? "" : result.Tokens[^1].Value;
}
