using MlOps.Learning.Explaining;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Serving.Explanations;

/// <summary>One input's part in a row's score.</summary>
/// <param name="Index">Of the input in the signature.</param>
public readonly record struct FeatureContribution(int Index, string Feature, double Value);

/// <summary>
/// Why a row was scored as it was: <paramref name="Base"/>, the contributions and <paramref name="Other"/> add up to the margin.
/// </summary>
/// <param name="Class">Whose score is explained: of binary the positive class, of multiclass the predicted one; null for regression.</param>
/// <param name="Contributions">In the order of the signature; of the top k the largest first, by absolute value, equal ones in that order.</param>
/// <param name="Other">The sum of those that the top k leave out; null where all were asked for.</param>
public sealed record RowExplanation(string? Class, double Base, IReadOnlyList<FeatureContribution> Contributions, double? Other);

/// <summary>Predictions and why: explanations in the order of the rows.</summary>
public sealed class ExplainedResult(PredictionResult result, Contributions contributions, ExplainOptions options)
{
    public PredictionResult Result => result;

    public Contributions Contributions => contributions;

    public ExplainOptions Options => options;

    public RowExplanation this[int row]
    {
        get
        {
            int output = result.Signature.Task == LearningTask.Multiclass ? result.Predictions.Label(row) : 0;
            IReadOnlyList<FeatureContribution> shown = All(row, output);
            double? other = null;
            if (options.TopK is { } k)
            {
                FeatureContribution[] ordered = [.. shown.OrderByDescending(c => Math.Abs(c.Value))];
                shown = ordered[..Math.Min(k, ordered.Length)];
                other = ordered.Skip(k).Sum(c => c.Value);
            }

            return new RowExplanation(ClassOf(output), contributions.Base[output], shown, other);
        }
    }

    private FeatureContribution[] All(int row, int output)
    {
        ReadOnlySpan<double> values = contributions.Of(row, output);
        var all = new FeatureContribution[values.Length];
        for (int i = 0; i < all.Length; i++)
            all[i] = new FeatureContribution(i, result.Signature.Inputs[i].Name, values[i]);
        return all;
    }

    private string? ClassOf(int output) => result.Signature.Task switch
    {
        LearningTask.Regression => null,
        LearningTask.Binary => result.Signature.Classes[1],
        _ => result.Signature.Classes[output],
    };
}
