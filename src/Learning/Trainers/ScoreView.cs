namespace MlOps.Learning.Trainers;

/// <summary>Scores of n rows wherever they are kept, in the shape of <see cref="Predictions.Scores"/>: what writes an answer reads them so, without a copy.</summary>
public readonly ref struct ScoreView(LearningTask task, IReadOnlyList<string> classes, ReadOnlySpan<double> scores)
{
    private readonly ReadOnlySpan<double> _scores = scores;

    public LearningTask Task => task;

    public IReadOnlyList<string> Classes => classes;

    public int Count => task == LearningTask.Multiclass ? _scores.Length / classes.Count : _scores.Length;

    /// <summary>A copy to keep.</summary>
    public Predictions ToPredictions() => new(task, classes, _scores.ToArray());

    /// <summary>The number of a regression's row.</summary>
    public double Number(int row) => _scores[row];

    /// <inheritdoc cref="Predictions.Probability"/>
    public double Probability(int row, int k) => task == LearningTask.Binary
        ? (k == 1 ? _scores[row] : 1 - _scores[row])
        : _scores[(row * classes.Count) + k];

    /// <inheritdoc cref="Predictions.Label"/>
    public int Label(int row)
    {
        if (task == LearningTask.Binary)
            return _scores[row] >= 0.5 ? 1 : 0;
        int best = 0;
        for (int k = 1; k < classes.Count; k++)
        {
            if (Probability(row, k) > Probability(row, best))
                best = k;
        }

        return best;
    }
}
