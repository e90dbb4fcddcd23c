using System.Text.Json;
using MlOps.Api.Http;
using MlOps.Api.Inference;
using MlOps.Api.Protocols.MlflowScoring;
using MlOps.Api.Serving;
using MlOps.Domain;
using MlOps.Domain.Serving;

namespace MlOps.Api.Protocols.AzureMl;

/// <summary>
/// What an online endpoint of Azure Machine Learning answers for an MLflow model: <c>POST /score</c> with <c>input_data</c>, a data frame by
/// <c>columns</c> and <c>data</c> or a list of rows, answered as a bare list.
/// </summary>
internal static class ScoreRoutes
{
    public static void Map(ApiRoutes routes, Platform platform, ApiOptions options)
    {
        var models = new DefaultModel(platform, options);
        routes.Post("/score", async call => await ScoreAsync(platform.Predictor, models, call));
    }

    private static async Task ScoreAsync(Predictor predictor, DefaultModel models, ApiCall call)
    {
        using RequestBytes bytes = await RequestBytes.ReadAsync(call.Http.Request, call.Aborted);
        RequestRows rows = bytes.Parse(Of);
        PredictionResult result = await new Asked(await models.SelectAsync(call), rows).PredictAsync(predictor, call, bytes.Memory);
        ServingHeaders.Answered(call, result);
        await JsonAnswer.WriteAsync(call, result.Predictions, result.Predictions.Count, 1, static (json, predictions, rows) => PredictedValue.WriteSome(json, predictions.View, rows));
    }

    /// <exception cref="MlOpsException">Invalid <c>json-invalid</c>.</exception>
    private static RequestRows Of(JsonSlice body)
    {
        JsonSlice data = body.Members("input_data")[0];
        return data.Kind switch
        {
            JsonValueKind.Object => InvocationForms.Split(data, "input_data"),
            JsonValueKind.Array => RequestRows.Of(data, "input_data"),
            _ => throw RequestShape.Invalid($"'input_data' is {data.Shown()}, expected an object with 'columns' and 'data', or an array of rows"),
        };
    }
}
