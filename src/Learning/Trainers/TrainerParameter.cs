using System.Globalization;

namespace MlOps.Learning.Trainers;

/// <summary>One hyper-parameter, for documentation, validation and the CLI's help: a number, a choice between names, or a text.</summary>
/// <param name="Default">Of a number.</param>
public sealed record TrainerParameter(string Name, double Default, double Minimum, double Maximum, bool Integer, string Meaning)
{
    private Func<string, string?>? _check;

    /// <summary>The names a choice is between, the default first; empty unless it is a choice.</summary>
    public IReadOnlyList<string> Choices { get; private init; } = [];

    /// <summary>Of a text: how it is written, such as <c>column:+1,column:-1</c>; null for a number and a choice. The default is the empty text.</summary>
    public string? Form { get; private init; }

    public bool IsNumber => Choices.Count == 0 && Form is null;

    /// <summary>The value of a parameter that was not given, as one would write it.</summary>
    public string DefaultText => IsNumber ? Text(Default) : Choices.Count > 0 ? Choices[0] : "";

    /// <summary>What is allowed, for people.</summary>
    public string Range => IsNumber ? $"{Text(Minimum)} to {Text(Maximum)}" : Form ?? string.Join(" or ", Choices);

    /// <param name="choices">The default first.</param>
    public static TrainerParameter OneOf(string name, IReadOnlyList<string> choices, string meaning) =>
        new(name, 0, 0, choices.Count - 1, true, meaning) { Choices = choices };

    /// <param name="form">How it is written.</param>
    /// <param name="check">What is wrong with a text, or null; the empty text is not asked about.</param>
    public static TrainerParameter OfText(string name, string form, string meaning, Func<string, string?> check) =>
        new(name, 0, 0, 0, false, meaning) { Form = form, _check = check };

    /// <summary>What is wrong with a value as it was written, or null.</summary>
    public string? Problem(string text) => (Choices.Count, Form) switch
    {
        ( > 0, _) => Choices.Contains(text, StringComparer.Ordinal) ? null : $"{Name} = '{text}' is unknown{NameSuggestion.Hint(text, Choices)} (allowed: {string.Join(", ", Choices)})",
        (_, { } form) => text.Length == 0 || _check!(text) is not { } wrong ? null : $"{Name} = '{text}': {wrong} (it is written {form})",
        _ => NumberProblem(text),
    };

    internal static double? Number(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) ? value : null;

    private string? NumberProblem(string text) => Number(text) switch
    {
        null => $"{Name} = '{text}' is not a number",
        { } value when Integer && value != Math.Floor(value) => $"{Name} = {text} is not a whole number",
        { } value when value < Minimum => $"{Name} = {text} violates {Name} >= {Text(Minimum)}",
        { } value when value > Maximum => $"{Name} = {text} violates {Name} <= {Text(Maximum)}",
        _ => null,
    };

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
