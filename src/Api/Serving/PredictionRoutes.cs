using System.Text.Json;
using MlOps.Api.Http;
using MlOps.Domain;
using MlOps.Domain.Serving;
using MlOps.Learning.Trainers;

namespace MlOps.Api.Serving;

/// <summary>Predictions in our own shape.</summary>
internal static class PredictionRoutes
{
    public static void Map(ApiRoutes routes, Platform platform) =>
        routes.Post("/predictions/{model}", async call => await PredictAsync(platform.Predictor, call));

    private static async Task PredictAsync(Predictor predictor, ApiCall call)
    {
        using JsonDocument json = await JsonBody.ReadAsync(call.Http.Request.Body, call.Aborted);
        PredictionBody body = PredictionBody.Of(json.RootElement);
        var request = new PredictionCall(call.Path("model"), body.Version, call.RequestId, body.Unit ?? ServingHeaders.Unit(call.Http));
        PredictionResult result = await predictor.PredictAsync(request, binder => binder.BindRecords(body.Rows), call.Aborted);
        await call.JsonAsync(PredictionsView.Of(result));
    }
}

/// <param name="Rows">An array of objects, feature to value.</param>
/// <param name="Version">A version number or an alias; default: the endpoint's traffic decides.</param>
/// <param name="Unit">What stays with one version during a rollout.</param>
internal sealed record PredictionBody(JsonElement Rows, string? Version, string? Unit)
{
    public static PredictionBody Of(JsonElement body)
    {
        JsonFields fields = JsonFields.Of(body, "rows", "version", "unit");
        return new(fields.Required("rows"), fields.TextOrNumber("version"), fields.TextOrNumber("unit"));
    }
}

/// <param name="Predictions">In the order of the rows.</param>
public sealed record PredictionsView(string RequestId, string Model, int Version, IReadOnlyList<PredictionView> Predictions)
{
    public static PredictionsView Of(PredictionResult result) => new(
        result.RequestId, result.Model, result.Version, [.. Enumerable.Range(0, result.Predictions.Count).Select(row => PredictionView.Of(result.Predictions, row))]);
}

/// <param name="Prediction">The most probable class, or the number.</param>
/// <param name="Probabilities">By class; null for regression.</param>
public sealed record PredictionView(object Prediction, IReadOnlyDictionary<string, double>? Probabilities = null)
{
    public static PredictionView Of(Predictions predictions, int row)
    {
        if (predictions.Task == LearningTask.Regression)
            return new(predictions.Scores[row]);
        IEnumerable<int> classes = Enumerable.Range(0, predictions.Classes.Count);
        return new(predictions.Classes[predictions.Label(row)], classes.ToDictionary(k => predictions.Classes[k], k => predictions.Probability(row, k)));
    }
}
