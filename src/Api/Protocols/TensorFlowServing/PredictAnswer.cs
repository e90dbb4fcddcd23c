using System.Text.Json;
using MlOps.Api.Http;
using MlOps.Api.Inference;
using MlOps.Api.Serving;
using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Explanations;
using MlOps.Learning.Trainers;

namespace MlOps.Api.Protocols.TensorFlowServing;

/// <summary><c>{"predictions": [...]}</c> for rows, <c>{"outputs": [...]}</c> for columns.</summary>
internal static class PredictAnswer
{
    public static Task WriteAsync(ApiCall call, PredictionResult result, PredictRequest request)
    {
        ServingHeaders.Answered(call, result);
        int width = request.Signature == ServingSignature.Probability ? result.Predictions.Classes.Count : 1;
        return JsonAnswer.WriteAsync(call, (result, request), result.Predictions.Count, width, static (json, answer, rows) =>
        {
            if (rows.IsFirst)
            {
                json.WriteStartObject();
                json.WritePropertyName(answer.request.ByColumn ? "outputs" : "predictions");
            }

            if (answer.request.Signature == ServingSignature.Probability)
                WriteProbabilities(json, answer.result.Predictions.View, rows);
            else
                PredictedValue.WriteSome(json, answer.result.Predictions.View, rows);
            if (rows.IsLast)
                json.WriteEndObject();
        });
    }

    /// <summary>The answer to <c>:explain</c>, whatever the form of the rows.</summary>
    public static Task WriteAsync(ApiCall call, ExplainedResult answer, PredictRequest request) => request.Signature == ServingSignature.Probability
        ? ExplainedAnswer.WriteAsync(call, answer, static (json, predictions, rows) => WriteProbabilities(json, predictions.View, rows))
        : ExplainedAnswer.WriteAsync(call, answer);

    private static void WriteProbabilities(Utf8JsonWriter json, ScoreView scores, AnswerRows rows)
    {
        if (rows.IsFirst)
            json.WriteStartArray();
        for (int row = rows.From; row < rows.To; row++)
        {
            json.WriteStartArray();
            PredictedValue.WriteProbabilities(json, scores, row);
            json.WriteEndArray();
        }

        if (rows.IsLast)
            json.WriteEndArray();
    }
}
