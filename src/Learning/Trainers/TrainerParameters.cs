using System.Globalization;

namespace MlOps.Learning.Trainers;

/// <summary>The parameters of one fit: what the user gave, checked, and the defaults for the rest.</summary>
public sealed class TrainerParameters
{
    private readonly Dictionary<string, double> _values;

    private TrainerParameters(Dictionary<string, double> values) => _values = values;

    /// <summary>Every parameter of the trainer with its value, in the order the trainer declares them.</summary>
    public IReadOnlyDictionary<string, double> Values => _values;

    public double this[string name] => _values[name];

    public int Integer(string name) => (int)_values[name];

    /// <exception cref="MlOpsException">Invalid <c>training-parameter</c>: a name is unknown, a value no number or out of range; all problems at once.</exception>
    public static TrainerParameters Parse(ITrainer trainer, IReadOnlyDictionary<string, string> given)
    {
        string[] problems = [.. given.OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => Problem(trainer, g.Key, g.Value)).OfType<string>()];
        if (problems.Length > 0)
            throw MlOpsException.Invalid("training-parameter", $"trainer '{trainer.Name}': {string.Join("; ", problems)}");
        var values = trainer.Parameters.ToDictionary(
            p => p.Name,
            p => given.TryGetValue(p.Name, out string? text) ? Number(text)!.Value : p.Default,
            StringComparer.Ordinal);
        return new TrainerParameters(values);
    }

    private static string? Problem(ITrainer trainer, string name, string text)
    {
        if (trainer.Parameters.FirstOrDefault(p => p.Name == name) is not { } parameter)
        {
            string[] known = [.. trainer.Parameters.Select(p => p.Name)];
            return $"unknown parameter '{name}'{NameSuggestion.Hint(name, known)} (known: {string.Join(", ", known)})";
        }

        return Number(text) switch
        {
            null => $"{name} = '{text}' is not a number",
            { } value when parameter.Integer && value != Math.Floor(value) => $"{name} = {text} is not a whole number",
            { } value when value < parameter.Minimum => $"{name} = {text} violates {name} >= {Text(parameter.Minimum)}",
            { } value when value > parameter.Maximum => $"{name} = {text} violates {name} <= {Text(parameter.Maximum)}",
            _ => null,
        };
    }

    private static double? Number(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) ? value : null;

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
