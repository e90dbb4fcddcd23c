using MlOps.Learning.Tables;

namespace MlOps.Learning.Trainers;

/// <summary>
/// Predictions as the columns of a file: <c>prediction</c>, the number or the class, and of a classifier <c>p_[class]</c> for each class.
/// </summary>
public static class PredictionColumns
{
    /// <summary>The columns' names, in order.</summary>
    public static IReadOnlyList<string> Names(ModelSignature signature) =>
        signature.Task == LearningTask.Regression ? ["prediction"] : ["prediction", .. signature.Classes.Select(c => $"p_{c}")];

    /// <summary>The columns, a row a prediction.</summary>
    public static IReadOnlyList<Column> Of(Predictions predictions)
    {
        if (predictions.Task == LearningTask.Regression)
            return [new NumberColumn("prediction", predictions.Scores)];
        int rows = predictions.Count;
        var labels = new int[rows];
        for (int row = 0; row < rows; row++)
            labels[row] = predictions.Label(row);
        return [new CategoryColumn("prediction", labels, predictions.Classes), .. predictions.Classes.Select((name, k) => Probabilities(predictions, name, k))];
    }

    private static NumberColumn Probabilities(Predictions predictions, string name, int k)
    {
        var values = new double[predictions.Count];
        for (int row = 0; row < values.Length; row++)
            values[row] = predictions.Probability(row, k);
        return new NumberColumn($"p_{name}", values);
    }
}
