using System.Globalization;
using System.Text.Json;
using MlOps.Learning.Trainers;

namespace MlOps.Api.Inference;

/// <summary>
/// What a row's answer is in protocols that want one value: the number of a regression, the class of a classifier. Classes that are
/// whole numbers are written as numbers: that is what a model that was fitted to 0 and 1 answers elsewhere.
/// </summary>
internal static class PredictedValue
{
    public static void WriteAll(Utf8JsonWriter json, Predictions predictions)
    {
        bool numbers = AreNumbers(predictions.Classes);
        json.WriteStartArray();
        for (int row = 0; row < predictions.Count; row++)
            Write(json, predictions, row, numbers);
        json.WriteEndArray();
    }

    public static void Write(Utf8JsonWriter json, Predictions predictions, int row, bool numbers)
    {
        if (predictions.Task == LearningTask.Regression)
            json.WriteNumberValue(predictions.Scores[row]);
        else if (numbers)
            json.WriteRawValue(predictions.Classes[predictions.Label(row)]);
        else
            json.WriteStringValue(predictions.Classes[predictions.Label(row)]);
    }

    /// <summary>Probabilities of a row, in the order of the classes.</summary>
    public static void WriteProbabilities(Utf8JsonWriter json, Predictions predictions, int row)
    {
        for (int k = 0; k < predictions.Classes.Count; k++)
            json.WriteNumberValue(predictions.Probability(row, k));
    }

    /// <summary>As text, for CSV.</summary>
    public static string Text(Predictions predictions, int row) => predictions.Task == LearningTask.Regression
        ? predictions.Scores[row].ToString("R", CultureInfo.InvariantCulture)
        : predictions.Classes[predictions.Label(row)];

    public static bool AreNumbers(IReadOnlyList<string> classes)
    {
        for (int k = 0; k < classes.Count; k++)
        {
            if (!IsWholeNumber(classes[k]))
                return false;
        }

        return classes.Count > 0;
    }

    private static bool IsWholeNumber(string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) && number.ToString(CultureInfo.InvariantCulture) == text;
}
