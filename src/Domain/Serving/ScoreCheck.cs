using MlOps.Learning.Trainers;

namespace MlOps.Domain.Serving;

/// <summary>What a model may answer.</summary>
internal static class ScoreCheck
{
    /// <exception cref="InvalidOperationException">A score is no finite number.</exception>
    public static Predictions Finite(Predictions predictions)
    {
        for (int i = 0; i < predictions.Scores.Length; i++)
        {
            if (!double.IsFinite(predictions.Scores[i]))
                throw new InvalidOperationException($"the model gave {predictions.Scores[i]} as score {i}");
        }

        return predictions;
    }
}
