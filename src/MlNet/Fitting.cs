using Microsoft.ML;
using MlOps.Learning.Trainers;

namespace MlOps.MlNet;

/// <summary>What a family fits on: rows with `Features` and `Label`, and the checked parameters.</summary>
/// <param name="Validation">Rows for early stopping, or null.</param>
internal sealed record Fitting(
    MLContext Ml,
    LearningTask Task,
    TrainerParameters Parameters,
    int Seed,
    RowFeatures Features,
    double[] Target,
    RowView Training,
    RowView? Validation,
    CancellationToken CancellationToken)
{
    public double this[string parameter] => Parameters[parameter];

    public int Integer(string parameter) => Parameters.Integer(parameter);
}
