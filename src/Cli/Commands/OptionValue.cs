using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;

namespace MlOps.Cli.Commands;

/// <summary>Reads values of options and arguments; what does not fit is answered with what is allowed, in the words of the command line.</summary>
internal static class OptionValue
{
    /// <summary>One of the names of an enumeration, in any case.</summary>
    public static Func<ArgumentResult, T> Choice<T>()
        where T : struct, Enum => result =>
        {
            string text = Text(result);
            string? name = Enum.GetNames<T>().FirstOrDefault(n => n.Equals(text, StringComparison.OrdinalIgnoreCase));
            return name is not null ? Enum.Parse<T>(name) : Refuse<T>(result, string.Join(", ", Enum.GetNames<T>().Select(n => n.ToLowerInvariant())));
        };

    /// <summary>A number that <paramref name="fits"/>; <paramref name="allowed"/> says in words which do.</summary>
    public static Func<ArgumentResult, T> Number<T>(string allowed, Func<T, bool> fits)
        where T : struct, INumber<T> => result =>
        T.TryParse(Text(result), NumberStyles.Float, CultureInfo.InvariantCulture, out T value) && fits(value) ? value : Refuse<T>(result, allowed);

    /// <inheritdoc cref="Number{T}"/>
    public static Func<ArgumentResult, T?> OptionalNumber<T>(string allowed, Func<T, bool> fits)
        where T : struct, INumber<T> => result =>
        result.Tokens.Count == 0 ? null : Number(allowed, fits)(result);

    /// <summary>The character between fields: itself, or `tab`, or `\t`.</summary>
    public static char? Delimiter(ArgumentResult result) => Text(result) switch
    {
        "tab" or "\\t" => '\t',
        { Length: 1 } one => one[0],
        _ => Refuse<char>(result, "one character, or tab"),
    };

    private static T Refuse<T>(ArgumentResult result, string allowed)
    {
        string name = result.Parent is OptionResult option ? option.Option.Name : result.Argument.Name.ToUpperInvariant();
        result.AddError($"{name} '{Text(result)}' is not allowed: {allowed}");
        return default!;
    }

    private static string Text(ArgumentResult result) => result.Tokens.Count == 0 ? "" : result.Tokens[^1].Value;
}
