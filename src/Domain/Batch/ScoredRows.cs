using MlOps.Learning.Trainers;

namespace MlOps.Domain.Batch;

/// <summary>What the model made of the rows that fit it. A prediction that is no number makes its row a bad one, as serving refuses it.</summary>
/// <param name="Predictions">Of the good rows; null when there are none.</param>
/// <param name="Good">Those rows, counted from 0 within their table; null for all.</param>
/// <param name="Problems">Of the others, in order.</param>
internal sealed record ScoredRows(Predictions? Predictions, int[]? Good, IReadOnlyList<RowProblem> Problems)
{
    public static ScoredRows Of(IModel model, FittedRows fitted)
    {
        if (fitted.Inputs is null)
            return new ScoredRows(null, [], fitted.Problems);
        Predictions predictions = model.Score(fitted.Inputs);
        return Array.TrueForAll(predictions.Scores, double.IsFinite)
            ? new ScoredRows(predictions, fitted.Good, fitted.Problems)
            : WithoutUnscored(predictions, fitted);
    }

    private static ScoredRows WithoutUnscored(Predictions predictions, FittedRows fitted)
    {
        int[] rows = fitted.Good ?? [.. Enumerable.Range(0, predictions.Count)];
        int width = predictions.Scores.Length / rows.Length;
        double[][] scores = [.. predictions.Scores.Chunk(width)];
        ILookup<bool, int> finite = Enumerable.Range(0, rows.Length).ToLookup(i => Array.TrueForAll(scores[i], double.IsFinite));
        IEnumerable<RowProblem> unscored = finite[false].Select(i => new RowProblem(rows[i], $"the model gave {scores[i].First(s => !double.IsFinite(s))} for it"));
        return new ScoredRows(
            finite[true].Any() ? predictions with { Scores = [.. finite[true].SelectMany(i => scores[i])] } : null,
            [.. finite[true].Select(i => rows[i])],
            [.. fitted.Problems.Concat(unscored).OrderBy(p => p.Row)]);
    }
}
