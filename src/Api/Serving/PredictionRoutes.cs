using MlOps.Api.Http;
using MlOps.Api.Inference;
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
        using RequestBytes body = await RequestBytes.ReadAsync(call.Http.Request, call.Aborted);
        Asked asked = body.Parse(json => Of(json, call.Path("model")));
        await call.JsonAsync(PredictionsView.Of(await asked.PredictAsync(predictor, call, body.Memory)));
    }

    /// <summary><c>rows</c>: objects, feature to value; <c>version</c>: a number or an alias; <c>unit</c>: what stays with one version during a rollout.</summary>
    private static Asked Of(JsonSlice body, string model)
    {
        var fields = JsonFields.Of(body, "rows", "version", "unit");
        return new(model, fields.TextOrNumber("version"), new RecordRows(fields.Required("rows")), Unit: fields.TextOrNumber("unit"));
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
