using System.Text.Json;
using Microsoft.AspNetCore.Http;
using MlOps.Api.Http;
using MlOps.Api.Inference;
using MlOps.Api.Serving;
using MlOps.Domain;
using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Explanations;
using MlOps.Learning.Trainers;

namespace MlOps.Api.Protocols.Plain;

/// <summary>
/// The protocol that needs no reading up: <c>POST /predict {"features": [5, "Month"]}</c> answers <c>{"prediction": "Yes"}</c>, a list of
/// rows <c>{"predictions": [...]}</c>; with <c>"explain": true</c> also <c>explanation</c>, or <c>explanations</c>. A row is a list in the order
/// of the signature or an object of features by name.
/// </summary>
internal static class PlainRoutes
{
    private static readonly JsonEncodedText OfOne = JsonEncodedText.Encode("prediction"), OfMany = JsonEncodedText.Encode("predictions");

    private static readonly string[] Fields = ["features", ExplainParameter.Name];

    public static void Map(ApiRoutes routes, Platform platform, ApiOptions options)
    {
        var models = new DefaultModel(platform, options);
        routes.PostDirect("/predict", call => PredictAsync(platform.Predictor, models, call));
    }

    private static Task PredictAsync(Predictor predictor, DefaultModel models, ApiCall call) =>
        TryAnswer(predictor, models, call) ?? ReadAndPredictAsync(predictor, models, call);

    /// <summary>The ordinary request, which has nothing to wait for: no header of ours, no query, only rows, for the only model. Null for all others, of whose body nothing is read then.</summary>
    private static Task? TryAnswer(Predictor predictor, DefaultModel models, ApiCall call)
    {
        HttpRequest request = call.Http.Request;
        if (!call.IsOrdinary || request.QueryString.HasValue || models.Only(call.At) is not { } model || !RequestBytes.TryRead(request.BodyReader, out RequestBytes bytes))
            return null;
        PredictionResult? result = null;
        try
        {
            if (QuickRows.Of(bytes.Memory, "\"features\""u8) is { } rows && (result = new Asked(model, null, rows).TryPredict(predictor, call, bytes.Memory)) is not null)
                return WriteAsync(call, result, rows.IsSingle);
            return null;
        }
        finally
        {
            if (result is null)
                bytes.GiveBack();
            else
                bytes.Dispose();
        }
    }

    private static async Task ReadAndPredictAsync(Predictor predictor, DefaultModel models, ApiCall call)
    {
        await call.LeaveSharedThreadAsync();
        using RequestBytes bytes = await RequestBytes.ReadAsync(call.Http.Request, call.Aborted);
        (RequestRows rows, bool single, ExplainOptions? explain) = bytes.Parse(Of);
        if (explain is not null)
        {
            await ExplainAsync(predictor, models, call, bytes.Memory, (rows, single, explain));
            return;
        }

        var asked = new Asked(await models.SelectAsync(call), rows);
        await WriteAsync(call, await asked.PredictAsync(predictor, call, bytes.Memory), single);
    }

    private static async Task ExplainAsync(
        Predictor predictor, DefaultModel models, ApiCall call, ReadOnlyMemory<byte> body, (RequestRows Rows, bool Single, ExplainOptions Explain) request)
    {
        var asked = new Asked(await models.SelectAsync(call), request.Rows);
        ExplainedResult answer = await asked.ExplainAsync(predictor, call, body, request.Explain);
        await (request.Single ? WriteSingleAsync(call, answer) : ExplainedAnswer.WriteAsync(call, answer));
    }

    private static (RequestRows Rows, bool Single, ExplainOptions? Explain) Of(JsonSlice body)
    {
        var fields = JsonFields.Of(body, Fields);
        (RequestRows rows, bool single) = Rows(fields.Required("features"));
        return (rows, single, ExplainParameter.Parse(fields[ExplainParameter.Name]));
    }

    private static (RequestRows Rows, bool Single) Rows(JsonSlice features)
    {
        if (features.Kind == JsonValueKind.Object)
            return (RequestRows.Single(features, "features"), true);
        if (features.Kind != JsonValueKind.Array)
            throw JsonFields.Invalid($"'features' is {features.Shown()}, expected a row (a list, or an object of features), or a list of rows");
        JsonParts items = features.Parts();
        bool many = !items.MoveNext() || items.Current.Kind is JsonValueKind.Array or JsonValueKind.Object;
        return many ? (RequestRows.Of(features, "features"), false) : (RequestRows.Single(features, "features"), true);
    }

    private static Task WriteSingleAsync(ApiCall call, ExplainedResult answer)
    {
        ServingHeaders.Answered(call, answer.Result);
        return JsonAnswer.WriteAsync(call, answer, 1, ExplanationJson.Width(answer), static (json, answer, _) =>
        {
            Predictions predictions = answer.Result.Predictions;
            json.WriteStartObject();
            json.WritePropertyName("prediction");
            PredictedValue.Write(json, predictions.View, 0, PredictedValue.AreNumbers(predictions.Classes));
            json.WritePropertyName("explanation");
            ExplanationJson.Write(json, answer[0]);
            json.WriteEndObject();
        });
    }

    private static Task WriteAsync(ApiCall call, PredictionResult result, bool single)
    {
        ServingHeaders.Answered(call, result);
        return JsonAnswer.WriteAsync(call, (result.Predictions, single), result.Predictions.Count, 1, static (json, answer, rows) =>
        {
            if (rows.IsFirst)
            {
                json.WriteStartObject();
                json.WritePropertyName(answer.single ? OfOne : OfMany);
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
