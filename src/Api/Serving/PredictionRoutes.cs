using MlOps.Api.Http;
using MlOps.Api.Inference;
using MlOps.Domain;
using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Explanations;

namespace MlOps.Api.Serving;

/// <summary>Predictions in our own shape.</summary>
internal static class PredictionRoutes
{
    private static readonly string[] Fields = ["rows", "version", "unit", ExplainParameter.Name];

    public static void Map(ApiRoutes routes, Platform platform) =>
        routes.Post("/predictions/{model}", async call => await PredictAsync(platform.Predictor, call));

    private static async Task PredictAsync(Predictor predictor, ApiCall call)
    {
        using RequestBytes body = await RequestBytes.ReadAsync(call.Http.Request, call.Aborted);
        (Asked asked, ExplainOptions? explain) = body.Parse(json => Of(json, call.Path("model")));
        if (explain is not null)
        {
            await PredictionsView.WriteAsync(call, await asked.ExplainAsync(predictor, call, body.Memory, explain));
            return;
        }

        await PredictionsView.WriteAsync(call, await asked.PredictAsync(predictor, call, body.Memory));
    }

    /// <summary><c>rows</c>: objects, feature to value; <c>version</c>: a number or an alias; <c>unit</c>: what stays with one version during a rollout; <c>explain</c>.</summary>
    private static (Asked Asked, ExplainOptions? Explain) Of(JsonSlice body, string model)
    {
        var fields = JsonFields.Of(body, Fields);
        var asked = new Asked(model, fields.TextOrNumber("version"), new RecordRows(fields.Required("rows")), Unit: fields.TextOrNumber("unit"));
        return (asked, ExplainParameter.Parse(fields[ExplainParameter.Name]));
    }
}
