using MlOps.Domain.Training;
using MlOps.Learning.Trainers;

namespace MlOps.Cli.Commands;

/// <summary>The trainers and their parameters, as help shows them.</summary>
internal static class TrainerHelp
{
    private static IReadOnlyList<ITrainer> Trainers => AutoTrainer.AddTo(TrainerCatalog.Default).Trainers;

    public static string Names => string.Join(" or ", Trainers.Select(t => t.Name));

    /// <summary>A line a parameter: name, default, range, meaning.</summary>
    public static string Parameters => string.Concat(Trainers.Select(t => $"{Environment.NewLine}{t.Name}:{string.Concat(t.Parameters.Select(Line))}"));

    private static string Line(TrainerParameter p) =>
        $"{Environment.NewLine}  {p.Name}={p.DefaultText} ({p.Range}): {p.Meaning}";
}
