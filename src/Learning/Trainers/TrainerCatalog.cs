using MlOps.Learning.Trainers.Boosting;
using MlOps.Learning.Trainers.Linear;

namespace MlOps.Learning.Trainers;

/// <summary>The trainers a host knows, by name.</summary>
public sealed class TrainerCatalog(IReadOnlyList<ITrainer> trainers)
{
    /// <summary>The trainers this assembly brings.</summary>
    public static TrainerCatalog Default { get; } = new([new GbdtTrainer(), new LinearTrainer()]);

    public IReadOnlyList<ITrainer> Trainers { get; } = trainers;

    /// <summary>This catalog and more trainers, such as those of the MlNet project.</summary>
    public TrainerCatalog With(params IEnumerable<ITrainer> more) => new([.. Trainers, .. more]);

    /// <exception cref="MlOpsException">Invalid <c>trainer-unknown</c>: lists the valid names.</exception>
    public ITrainer Get(string name) => Trainers.FirstOrDefault(t => t.Name == name) ?? throw Unknown(name);

    private MlOpsException Unknown(string name)
    {
        string[] known = [.. Trainers.Select(t => t.Name)];
        string package = name.StartsWith("mlnet.", StringComparison.Ordinal)
            ? "; trainers named mlnet.* come with the package MlOps.MlNet, which this host does not have"
            : "";
        return MlOpsException.Invalid(
            "trainer-unknown",
            $"trainer '{name}' is unknown{NameSuggestion.Hint(name, known)} (valid: {string.Join(", ", known)}){package}");
    }
}
