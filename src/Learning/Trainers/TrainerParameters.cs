namespace MlOps.Learning.Trainers;

/// <summary>The parameters of one fit: what the user gave, checked, and the defaults for the rest.</summary>
public sealed class TrainerParameters
{
    private readonly Dictionary<string, double> _values;
    private readonly Dictionary<string, string> _texts;

    private TrainerParameters(Dictionary<string, double> values, Dictionary<string, string> texts) => (_values, _texts) = (values, texts);

    /// <summary>Every number among the trainer's parameters, in the order the trainer declares them.</summary>
    public IReadOnlyDictionary<string, double> Values => _values;

    /// <summary>Every choice and text among the trainer's parameters, in the order the trainer declares them; null when it has none.</summary>
    public IReadOnlyDictionary<string, string>? Texts => _texts.Count == 0 ? null : _texts;

    public double this[string name] => _values[name];

    public int Integer(string name) => (int)_values[name];

    /// <summary>A choice or a text.</summary>
    public string Text(string name) => _texts[name];

    /// <exception cref="MlOpsException">Invalid <c>training-parameter</c>: a name is unknown, a value no number, no choice or out of range; all problems at once.</exception>
    public static TrainerParameters Parse(ITrainer trainer, IReadOnlyDictionary<string, string> given)
    {
        string[] problems = [.. given.OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => Problem(trainer, g.Key, g.Value)).OfType<string>()];
        if (problems.Length > 0)
            throw Invalid(trainer.Name, string.Join("; ", problems));
        return new TrainerParameters(
            trainer.Parameters.Where(p => p.IsNumber).ToDictionary(p => p.Name, p => TrainerParameter.Number(Given(p, given))!.Value, StringComparer.Ordinal),
            trainer.Parameters.Where(p => !p.IsNumber).ToDictionary(p => p.Name, p => Given(p, given), StringComparer.Ordinal));
    }

    /// <summary>Refuses before any data is read what a fit would refuse: wrong parameters, or such as do not go together.</summary>
    /// <exception cref="MlOpsException">Invalid <c>training-parameter</c>.</exception>
    public static void Check(ITrainer trainer, IReadOnlyDictionary<string, string> given)
    {
        if (trainer.Contradictions(Parse(trainer, given)) is { Count: > 0 } problems)
            throw Invalid(trainer.Name, string.Join("; ", problems.Select(p => p.Message)));
    }

    /// <summary>What is wrong with one parameter as it was written, or null.</summary>
    public static string? Problem(ITrainer trainer, string name, string text)
    {
        if (trainer.Parameters.FirstOrDefault(p => p.Name == name) is { } parameter)
            return parameter.Problem(text);
        string[] known = [.. trainer.Parameters.Select(p => p.Name)];
        return $"unknown parameter '{name}'{NameSuggestion.Hint(name, known)} (known: {string.Join(", ", known)})";
    }

    internal static MlOpsException Invalid(string trainer, string problems) => MlOpsException.Invalid("training-parameter", $"trainer '{trainer}': {problems}");

    private static string Given(TrainerParameter parameter, IReadOnlyDictionary<string, string> given) => given.GetValueOrDefault(parameter.Name, parameter.DefaultText);
}
