using System.Text.Json;
using MlOps.Api.Http;
using MlOps.Api.Inference;
using MlOps.Api.Serving;
using MlOps.Domain;
using MlOps.Domain.Serving;

namespace MlOps.Api.Protocols.Plain;

/// <summary>
/// The protocol that needs no reading up: <c>POST /predict {"features": [5, "Month"]}</c> answers <c>{"prediction": "Yes"}</c>, a list of
/// rows <c>{"predictions": [...]}</c>. A row is a list in the order of the signature or an object of features by name.
/// </summary>
internal static class PlainRoutes
{
    public static void Map(ApiRoutes routes, Platform platform, ApiOptions options)
    {
        var models = new DefaultModel(platform, options);
        routes.Post("/predict", async call => await PredictAsync(platform.Predictor, models, call));
    }

    private static async Task PredictAsync(Predictor predictor, DefaultModel models, ApiCall call)
    {
        using RequestBytes bytes = await RequestBytes.ReadAsync(call.Http.Request, call.Aborted);
        (RequestRows rows, bool single) = bytes.Parse(Rows);
        var asked = new Asked(await models.SelectAsync(call), rows);
        await WriteAsync(call, await asked.PredictAsync(predictor, call, bytes.Memory), single);
    }

    private static (RequestRows Rows, bool Single) Rows(JsonSlice body)
    {
        JsonSlice features = JsonFields.Of(body, "features").Required("features");
        if (features.Kind == JsonValueKind.Object)
            return (RequestRows.Single(features, "features"), true);
        if (features.Kind != JsonValueKind.Array)
            throw JsonFields.Invalid($"'features' is {features.Shown()}, expected a row (a list, or an object of features), or a list of rows");
        JsonParts items = features.Parts();
        bool many = !items.MoveNext() || items.Current.Kind is JsonValueKind.Array or JsonValueKind.Object;
        return many ? (RequestRows.Of(features, "features"), false) : (RequestRows.Single(features, "features"), true);
    }

    private static Task WriteAsync(ApiCall call, PredictionResult result, bool single)
    {
        ServingHeaders.Answered(call.Http, result);
        return JsonAnswer.WriteAsync(call, (result.Predictions, single), result.Predictions.Count, 1, static (json, answer, rows) =>
        {
            if (rows.IsFirst)
            {
                json.WriteStartObject();
                json.WritePropertyName(answer.single ? "prediction" : "predictions");
            }

            if (answer.single)
                PredictedValue.Write(json, answer.Predictions.View, 0, PredictedValue.AreNumbers(answer.Predictions.Classes));
            else
                PredictedValue.WriteSome(json, answer.Predictions.View, rows);
            if (rows.IsLast)
                json.WriteEndObject();
        });
    }
}
