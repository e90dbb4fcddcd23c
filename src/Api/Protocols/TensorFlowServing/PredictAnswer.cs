using System.Text.Json;
using MlOps.Api.Http;
using MlOps.Api.Inference;
using MlOps.Api.Serving;
using MlOps.Domain.Serving;
using MlOps.Learning.Trainers;

namespace MlOps.Api.Protocols.TensorFlowServing;

/// <summary><c>{"predictions": [...]}</c> for rows, <c>{"outputs": [...]}</c> for columns.</summary>
internal static class PredictAnswer
{
    public static Task WriteAsync(ApiCall call, PredictionResult result, PredictRequest request)
    {
        ServingHeaders.Answered(call.Http, result);
        return JsonAnswer.WriteAsync(call, (result, request), static (json, answer) =>
        {
            json.WriteStartObject();
            json.WritePropertyName(answer.request.ByColumn ? "outputs" : "predictions");
            if (answer.request.Signature == ServingSignature.Probability)
                WriteProbabilities(json, answer.result.Predictions.View);
            else
                PredictedValue.WriteAll(json, answer.result.Predictions.View);
            json.WriteEndObject();
        });
    }

    private static void WriteProbabilities(Utf8JsonWriter json, ScoreView scores)
    {
        json.WriteStartArray();
        for (int row = 0; row < scores.Count; row++)
        {
            json.WriteStartArray();
            PredictedValue.WriteProbabilities(json, scores, row);
            json.WriteEndArray();
        }

        json.WriteEndArray();
    }
}
