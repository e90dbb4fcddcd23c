using System.Text.Json;
using MlOps.Api.Http;
using MlOps.Api.Inference;
using MlOps.Domain.Serving;
using MlOps.Learning.Trainers;

namespace MlOps.Api.Serving;

/// <summary>
/// <c>{"requestId", "model", "version", "predictions": [{"prediction", "probabilities"?}]}</c>: of each row the most probable class, or the
/// number; probabilities by class, of classifiers.
/// </summary>
internal static class PredictionsView
{
    public static Task WriteAsync(ApiCall call, PredictionResult result) =>
        JsonAnswer.WriteAsync(call, result, result.Predictions.Count, 1 + result.Predictions.Classes.Count, static (json, result, rows) =>
        {
            if (rows.IsFirst)
                WriteHead(json, result);
            for (int row = rows.From; row < rows.To; row++)
                WriteRow(json, result.Predictions.View, row);
            if (!rows.IsLast)
                return;
            json.WriteEndArray();
            json.WriteEndObject();
        });

    private static void WriteHead(Utf8JsonWriter json, PredictionResult result)
    {
        json.WriteStartObject();
        json.WriteString("requestId", result.RequestId);
        json.WriteString("model", result.Model);
        json.WriteNumber("version", result.Version);
        json.WriteStartArray("predictions");
    }

    private static void WriteRow(Utf8JsonWriter json, ScoreView scores, int row)
    {
        json.WriteStartObject();
        json.WritePropertyName("prediction");
        PredictedValue.Write(json, scores, row, numbers: false);
        if (scores.Task != LearningTask.Regression)
        {
            json.WriteStartObject("probabilities");
            for (int k = 0; k < scores.Classes.Count; k++)
                json.WriteNumber(scores.Classes[k], scores.Probability(row, k));
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }
}
