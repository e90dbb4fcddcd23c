using MlOps.Api.Http;
using MlOps.Api.Inference;
using MlOps.Domain;
using MlOps.Domain.Serving;

namespace MlOps.Api.Serving;

/// <summary>Predictions in our own shape.</summary>
internal static class PredictionRoutes
{
    public static void Map(ApiRoutes routes, Platform platform) =>
        routes.Post("/predictions/{model}", async call => await PredictAsync(platform.Predictor, call));

    private static async Task PredictAsync(Predictor predictor, ApiCall call)
    {
        using RequestBytes body = await RequestBytes.ReadAsync(call.Http.Request, call.Aborted);
        Asked asked = body.Parse(json => Of(json, call.Path("model")));
        await PredictionsView.WriteAsync(call, await asked.PredictAsync(predictor, call, body.Memory));
    }

    /// <summary><c>rows</c>: objects, feature to value; <c>version</c>: a number or an alias; <c>unit</c>: what stays with one version during a rollout.</summary>
    private static Asked Of(JsonSlice body, string model)
    {
        var fields = JsonFields.Of(body, "rows", "version", "unit");
        return new(model, fields.TextOrNumber("version"), new RecordRows(fields.Required("rows")), Unit: fields.TextOrNumber("unit"));
    }
}
