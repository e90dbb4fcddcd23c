using System.Globalization;
using Microsoft.AspNetCore.Http;
using MlOps.Api.Http;
using MlOps.Api.Inference;
using MlOps.Api.Serving;
using MlOps.Domain.Registry;
using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Explanations;
using MlOps.Learning.Trainers;

namespace MlOps.Api.Protocols.MlflowScoring;

/// <summary>An invocation of a model, JSON or CSV, whichever path it came by.</summary>
internal static class Invocation
{
    /// <param name="answered">Sets headers of the answer.</param>
    public static async Task AnswerAsync(Predictor predictor, ModelSelector model, ApiCall call, Action<HttpContext, PredictionResult>? answered = null)
    {
        using RequestBytes body = await RequestBytes.ReadAsync(call.Http.Request, call.Aborted);
        (RequestRows rows, ExplainOptions? explain) = InvocationBody.MediaType(call.Http.Request) == InvocationBody.Csv
            ? (await CsvAsync(predictor, model, call, body.Memory), null)
            : body.Parse(InvocationForms.Of);
        var asked = new Asked(model, rows);
        if (explain is not null)
        {
            InvocationAnswer.CheckExplained(call);
            ExplainedResult explained = await asked.ExplainAsync(predictor, call, body.Memory, explain);
            answered?.Invoke(call.Http, explained.Result);
            await ExplainedAnswer.WriteAsync(call, explained);
            return;
        }

        PredictionResult result = await asked.PredictAsync(predictor, call, body.Memory);
        answered?.Invoke(call.Http, result);
        await InvocationAnswer.WriteAsync(call, result);
    }

    public static string? VersionOf(ModelSelector model) => model.Alias ?? model.Version?.ToString(CultureInfo.InvariantCulture);

    private static async Task<CsvRows> CsvAsync(Predictor predictor, ModelSelector model, ApiCall call, ReadOnlyMemory<byte> body)
    {
        ValueLimit.CheckCsv(body.Span, call.Options.MaxGeneralValues, "the request, as CSV,");
        return await CsvRows.ReadAsync(body, await FeaturesAsync(predictor, model, call), call.Aborted);
    }

    private static async Task<IReadOnlyList<string>> FeaturesAsync(Predictor predictor, ModelSelector model, ApiCall call)
    {
        (_, IModel loaded) = await predictor.DescribeAsync(model.Model, VersionOf(model) ?? ServingHeaders.Version(call), call.Aborted);
        return [.. loaded.Signature.Inputs.Select(i => i.Name)];
    }
}
