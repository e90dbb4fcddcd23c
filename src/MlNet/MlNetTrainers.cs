using MlOps.Learning.Trainers;
using MlOps.MlNet.Families;

namespace MlOps.MlNet;

/// <summary>The learner families of ML.NET, for hosts that bring its packages.</summary>
public static class MlNetTrainers
{
    /// <summary>Every family; all take binary, multiclass and regression tasks, categories, missing values and free text.</summary>
    public static IReadOnlyList<ITrainer> All { get; } =
    [
        new FastTreeTrainer(),
        new FastForestTrainer(),
        new LightGbmTrainer(),
        new SdcaTrainer(),
        new LbfgsTrainer(),
        new GamTrainer(),
    ];

    /// <summary>A catalog with these families, whose <see cref="TrainerCatalog.Formats"/> also read their model files.</summary>
    public static TrainerCatalog AddTo(TrainerCatalog catalog) => catalog.With(All).WithFormats(new MlNetModelFormat());
}
