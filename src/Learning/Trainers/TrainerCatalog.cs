using MlOps.Learning.Trainers.Baseline;
using MlOps.Learning.Trainers.Boosting;
using MlOps.Learning.Trainers.Forest;
using MlOps.Learning.Trainers.Linear;

namespace MlOps.Learning.Trainers;

/// <summary>The trainers a host knows, by name, and the formats of their model files.</summary>
/// <param name="formats">Kinds of model file besides those that Learning reads itself.</param>
public sealed class TrainerCatalog(IReadOnlyList<ITrainer> trainers, IReadOnlyList<IModelFormat>? formats = null)
{
    /// <summary>The trainers this assembly brings.</summary>
    public static TrainerCatalog Default { get; } = new([new GbdtTrainer(), new LinearTrainer(), new ForestTrainer(), new BaselineTrainer()]);

    public IReadOnlyList<ITrainer> Trainers { get; } = trainers;

    /// <summary>What a loader of model files needs besides the formats Learning has: hand it to <see cref="ModelFile.Load(Stream, IEnumerable{IModelFormat}?)"/>.</summary>
    public IReadOnlyList<IModelFormat> Formats { get; } = formats ?? [];

    /// <summary>This catalog and more trainers, such as those of the MlNet project.</summary>
    public TrainerCatalog With(params IEnumerable<ITrainer> more) => new([.. Trainers, .. more], Formats);

    /// <summary>This catalog and more kinds of model file.</summary>
    public TrainerCatalog WithFormats(params IEnumerable<IModelFormat> more) => new(Trainers, [.. Formats, .. more]);

    /// <exception cref="MlOpsException">Invalid <c>trainer-unknown</c>: lists the valid names.</exception>
    public ITrainer Get(string name) => Trainers.FirstOrDefault(t => t.Name == name) ?? throw Unknown(name);

    /// <summary>For the message on an unknown name: which package brings a trainer of that name, or nothing when none is known to.</summary>
    public string PackageHint(string name) => IsMlNet(name) && !Trainers.Any(t => IsMlNet(t.Name))
        ? "; trainers named mlnet.* come with the package MlOps.MlNet, which this host does not have"
        : "";

    private static bool IsMlNet(string name) => name.StartsWith("mlnet.", StringComparison.Ordinal);

    private MlOpsException Unknown(string name)
    {
        string[] known = [.. Trainers.Select(t => t.Name)];
        return MlOpsException.Invalid(
            "trainer-unknown",
            $"trainer '{name}' is unknown{NameSuggestion.Hint(name, known)} (valid: {string.Join(", ", known)}){PackageHint(name)}");
    }
}
