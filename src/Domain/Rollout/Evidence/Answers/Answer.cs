using MlOps.Domain.Serving.Log;
using MlOps.Domain.Serving.Units;
using MlOps.Learning.Statistics;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Rollout.Evidence.Answers;

/// <summary>What a version answered to one row, without what it was asked.</summary>
/// <param name="Prediction">The class; empty for a regression, whose score says it.</param>
/// <param name="Cluster">What the row came with (<see cref="UnitCluster"/>).</param>
internal readonly record struct Answer(string Prediction, double[] Scores, int Cluster = ClusterSums.Alone)
{
    /// <summary>Of the entry in a sample: key, references, array.</summary>
    private const int Overhead = 96;

    /// <summary>Memory that it takes, about; the class's name is the signature's.</summary>
    public int Bytes => Overhead + (sizeof(double) * Scores.Length);

    public static Answer Of(ModelSignature signature, LoggedPrediction row) => new(
        signature.Task == LearningTask.Regression ? "" : signature.Classes.FirstOrDefault(c => c == row.Prediction) ?? row.Prediction,
        [.. row.Scores],
        UnitCluster.Of(row));
}
