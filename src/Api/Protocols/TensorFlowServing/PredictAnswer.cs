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
    public static async Task WriteAsync(ApiCall call, PredictionResult result, PredictRequest request)
    {
        ServingHeaders.Answered(call.Http, result);
        call.Http.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(call.Http.Response.BodyWriter);
        json.WriteStartObject();
        json.WritePropertyName(request.ByColumn ? "outputs" : "predictions");
        if (request.Signature == ServingSignature.Probability)
            WriteProbabilities(json, result.Predictions);
        else
            PredictedValue.WriteAll(json, result.Predictions);
        json.WriteEndObject();
    }

    private static void WriteProbabilities(Utf8JsonWriter json, Predictions predictions)
    {
        json.WriteStartArray();
        for (int row = 0; row < predictions.Count; row++)
        {
            json.WriteStartArray();
            PredictedValue.WriteProbabilities(json, predictions, row);
            json.WriteEndArray();
        }

        json.WriteEndArray();
    }
}
