using System.Text.Json;
using MlOps.Learning.Trainers;

namespace MlOps.Api.Protocols.OpenInference;

/// <summary>
/// What a model can answer: <c>prediction</c> (the most probable class, or the number) and, of a classifier, <c>probability</c>
/// <c>[n, classes]</c>, whose parameter <c>classes</c> tells their order as a JSON text.
/// </summary>
internal sealed record ModelOutput(string Name, string Datatype, int Width)
{
    private const string Prediction = "prediction";
    private const string Probability = "probability";

    public static IReadOnlyList<ModelOutput> Of(LearningTask task, int classes) => task == LearningTask.Regression
        ? [new(Prediction, "FP64", 0)]
        : [new(Prediction, "BYTES", 0), new(Probability, "FP64", classes)];

    /// <param name="names">Those wanted, in order; null for all.</param>
    /// <exception cref="MlOpsException">Invalid <c>output-unknown</c>.</exception>
    public static IReadOnlyList<ModelOutput> Select(LearningTask task, int classes, IReadOnlyList<string>? names)
    {
        IReadOnlyList<ModelOutput> all = Of(task, classes);
        return names is null ? all :
            [.. names.Select(name => all.FirstOrDefault(o => o.Name == name) ?? throw MlOpsException.Invalid("output-unknown",
                $"there is no output '{name}'; the outputs are {string.Join(", ", all.Select(o => $"'{o.Name}'"))}"))];
    }

    /// <summary>Dimensions for so many rows; -1 for any.</summary>
    public IReadOnlyList<int> Shape(int rows) => Width == 0 ? [rows] : [rows, Width];

    public void WriteData(Utf8JsonWriter json, Predictions predictions)
    {
        for (int row = 0; row < predictions.Count; row++)
        {
            if (Name == Probability)
                WriteProbabilities(json, predictions, row);
            else if (predictions.Task == LearningTask.Regression)
                json.WriteNumberValue(predictions.Scores[row]);
            else
                json.WriteStringValue(predictions.Classes[predictions.Label(row)]);
        }
    }

    private static void WriteProbabilities(Utf8JsonWriter json, Predictions predictions, int row)
    {
        for (int k = 0; k < predictions.Classes.Count; k++)
            json.WriteNumberValue(predictions.Probability(row, k));
    }
}
