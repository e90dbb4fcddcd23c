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
    /// <summary>An array of all rows.</summary>
    public static void WriteAll(Utf8JsonWriter json, ScoreView scores) => WriteSome(json, scores, new AnswerRows(0, scores.Count, scores.Count));

    /// <summary>A part of the array of all rows.</summary>
    public static void WriteSome(Utf8JsonWriter json, ScoreView scores, AnswerRows rows)
    {
        bool numbers = AreNumbers(scores.Classes);
        if (rows.IsFirst)
            json.WriteStartArray();
        for (int row = rows.From; row < rows.To; row++)
            Write(json, scores, row, numbers);
        if (rows.IsLast)
            json.WriteEndArray();
    }

    public static void Write(Utf8JsonWriter json, ScoreView scores, int row, bool numbers)
    {
        if (scores.Task == LearningTask.Regression)
            json.WriteNumberValue(scores.Number(row));
        else if (numbers)
            json.WriteNumberValue(long.Parse(scores.Classes[scores.Label(row)], CultureInfo.InvariantCulture));
        else
            json.WriteStringValue(scores.Classes[scores.Label(row)]);
    }

    /// <summary>Probabilities of a row, in the order of the classes.</summary>
    public static void WriteProbabilities(Utf8JsonWriter json, ScoreView scores, int row)
    {
        for (int k = 0; k < scores.Classes.Count; k++)
            json.WriteNumberValue(scores.Probability(row, k));
    }

    /// <summary>As text, for CSV.</summary>
    public static string Text(ScoreView scores, int row) => scores.Task == LearningTask.Regression
        ? scores.Number(row).ToString("R", CultureInfo.InvariantCulture)
        : scores.Classes[scores.Label(row)];

    public static bool AreNumbers(IReadOnlyList<string> classes)
    {
        for (int k = 0; k < classes.Count; k++)
        {
            if (!IsWholeNumber(classes[k]))
                return false;
        }

        return classes.Count > 0;
    }

    /// <summary>Spelled as a number is written, so that 007 stays the text that it was.</summary>
    private static bool IsWholeNumber(string text)
    {
        ReadOnlySpan<char> digits = text.StartsWith('-') ? text.AsSpan(1) : text;
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number)
            && char.IsAsciiDigit(digits[0]) && (digits[0] != '0' || (number == 0 && text.Length == 1));
    }
}
