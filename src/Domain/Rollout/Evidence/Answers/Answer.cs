using MlOps.Domain.Serving.Log;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Rollout.Evidence.Answers;

/// <summary>What a version answered to one row, without what it was asked.</summary>
/// <param name="Prediction">The class; empty for a regression, whose score says it.</param>
internal readonly record struct Answer(string Prediction, double[] Scores)
{
    /// <summary>Of the entry in a sample: key, references, array.</summary>
    private const int Overhead = 96;

    /// <summary>Memory that it takes, about; the class's name is the signature's.</summary>
    public int Bytes => Overhead + (sizeof(double) * Scores.Length);

    public static Answer Of(ModelSignature signature, LoggedPrediction row) => new(
        signature.Task == LearningTask.Regression ? "" : signature.Classes.FirstOrDefault(c => c == row.Prediction) ?? row.Prediction,
        [.. row.Scores]);
}
