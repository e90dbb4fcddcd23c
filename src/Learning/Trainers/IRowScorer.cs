namespace MlOps.Learning.Trainers;

/// <summary>
/// The allocation-free side of a model, for callers that hold rows as plain numbers. A row has one number per input of the signature,
/// in order: numbers as they are, booleans 0 or 1, timestamps as seconds since 1970-01-01 UTC, categories as the index of the level in
/// <see cref="FeatureSignature.Levels"/>; NaN is missing (or an unknown level).
/// </summary>
public interface IRowScorer
{
    /// <summary>Numbers a row has.</summary>
    int InputCount { get; }

    /// <summary>Numbers a score has: 1 for regression and binary, one per class for multiclass.</summary>
    int ScoreCount { get; }

    /// <summary>Writes the score of one row, in the shape of <see cref="Predictions.Scores"/>. Allocates nothing; thread-safe.</summary>
    void Score(ReadOnlySpan<double> row, Span<double> scores);

    /// <summary>As <see cref="Score"/>, for rows one behind the other; the result is the same.</summary>
    void ScoreRows(ReadOnlySpan<double> rows, Span<double> scores)
    {
        for (int row = 0; row * ScoreCount < scores.Length; row++)
            Score(rows.Slice(row * InputCount, InputCount), scores.Slice(row * ScoreCount, ScoreCount));
    }
}
