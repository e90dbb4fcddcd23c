using System.Globalization;
using System.Text.Json;
using MlOps.Api.Http;
using MlOps.Api.Serving;
using MlOps.Domain.Serving;
using MlOps.Learning.Trainers;

namespace MlOps.Api.Protocols.MlflowScoring;

/// <summary>
/// <c>{"predictions": [...]}</c>: numbers of a regression, classes of a classifier. Classes that are whole numbers are written as
/// numbers: that is what a model that was fitted to 0 and 1 answers elsewhere.
/// </summary>
internal static class InvocationAnswer
{
    public static async Task WriteAsync(ApiCall call, PredictionResult result)
    {
        ServingHeaders.Answered(call.Http, result);
        call.Http.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(call.Http.Response.BodyWriter);
        json.WriteStartObject();
        json.WriteStartArray("predictions");
        Write(json, result.Predictions);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Predictions predictions)
    {
        bool numbers = predictions.Task != LearningTask.Regression && predictions.Classes.All(IsWholeNumber);
        for (int row = 0; row < predictions.Count; row++)
        {
            if (predictions.Task == LearningTask.Regression)
                json.WriteNumberValue(predictions.Scores[row]);
            else if (numbers)
                json.WriteRawValue(predictions.Classes[predictions.Label(row)]);
            else
                json.WriteStringValue(predictions.Classes[predictions.Label(row)]);
        }
    }

    private static bool IsWholeNumber(string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) && number.ToString(CultureInfo.InvariantCulture) == text;
}
