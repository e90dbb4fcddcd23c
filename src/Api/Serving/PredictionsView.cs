using System.Text.Json;
using MlOps.Api.Http;
using MlOps.Api.Inference;
using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Explanations;
using MlOps.Learning.Trainers;

namespace MlOps.Api.Serving;

/// <summary>
/// <c>{"requestId", "model", "version", "predictions": [{"prediction", "probabilities"?, "explanation"?}]}</c>: of each row the most probable
/// class, or the number; probabilities by class, of classifiers; the explanation (<see cref="ExplanationJson"/>) where it was asked for.
/// </summary>
internal static class PredictionsView
{
    public static Task WriteAsync(ApiCall call, PredictionResult result)
    {
        ServingHeaders.Answered(call, result);
        return JsonAnswer.WriteAsync(call, result, result.Predictions.Count, 1 + result.Predictions.Classes.Count, static (json, result, rows) =>
        {
            if (rows.IsFirst)
                WriteHead(json, result);
            for (int row = rows.From; row < rows.To; row++)
                WriteRow(json, result.Predictions.View, row);
            WriteEnd(json, rows);
        });
    }

    public static Task WriteAsync(ApiCall call, ExplainedResult answer) => JsonAnswer.WriteAsync(
        call, answer, answer.Contributions.Count, 1 + answer.Result.Predictions.Classes.Count + ExplanationJson.Width(answer), static (json, answer, rows) =>
        {
            if (rows.IsFirst)
                WriteHead(json, answer.Result);
            for (int row = rows.From; row < rows.To; row++)
            {
                WriteScores(json, answer.Result.Predictions.View, row);
                json.WritePropertyName("explanation");
                ExplanationJson.Write(json, answer[row]);
                json.WriteEndObject();
            }

            WriteEnd(json, rows);
        });

    private static void WriteEnd(Utf8JsonWriter json, AnswerRows rows)
    {
        if (!rows.IsLast)
            return;
        json.WriteEndArray();
        json.WriteEndObject();
    }

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
        WriteScores(json, scores, row);
        json.WriteEndObject();
    }

    /// <summary>A row's object, not ended.</summary>
    private static void WriteScores(Utf8JsonWriter json, ScoreView scores, int row)
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
    }
}
