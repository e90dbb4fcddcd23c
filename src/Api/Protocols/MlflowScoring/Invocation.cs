using System.Globalization;
using Microsoft.AspNetCore.Http;
using MlOps.Api.Http;
using MlOps.Api.Inference;
using MlOps.Api.Serving;
using MlOps.Domain;
using MlOps.Domain.Registry;
using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Explanations;

namespace MlOps.Api.Protocols.MlflowScoring;

/// <summary>An invocation of a model, JSON or CSV, whichever path it came by.</summary>
internal static class Invocation
{
    /// <param name="answered">Sets headers of the answer.</param>
    public static async Task AnswerAsync(Platform platform, ModelSelector model, ApiCall call, Action<HttpContext, PredictionResult>? answered = null)
    {
        using RequestBytes body = await RequestBytes.ReadAsync(call.Http.Request, call.Aborted);
        (RequestRows rows, ExplainOptions? explain) = InvocationBody.MediaType(call.Http.Request) == InvocationBody.Csv
            ? (await CsvAsync(platform.Readiness, model, call, body.Memory), null)
            : body.Parse(InvocationForms.Of);
        var asked = new Asked(model, rows);
        if (explain is not null)
        {
            InvocationAnswer.CheckExplained(call);
            ExplainedResult explained = await asked.ExplainAsync(platform.Predictor, call, body.Memory, explain);
            answered?.Invoke(call.Http, explained.Result);
            await ExplainedAnswer.WriteAsync(call, explained);
            return;
        }

        PredictionResult result = await asked.PredictAsync(platform.Predictor, call, body.Memory);
        answered?.Invoke(call.Http, result);
        await InvocationAnswer.WriteAsync(call, result);
    }

    public static string? VersionOf(ModelSelector model) => model.Alias ?? model.Version?.ToString(CultureInfo.InvariantCulture);

    private static async Task<CsvRows> CsvAsync(ModelReadiness models, ModelSelector model, ApiCall call, ReadOnlyMemory<byte> body)
    {
        ValueLimit.CheckCsv(body.Span, call.Options.MaxGeneralValues, "the request, as CSV,");
        return await CsvRows.ReadAsync(body, await FeaturesAsync(models, model, call), call.Aborted);
    }

    private static async Task<IReadOnlyList<string>> FeaturesAsync(ModelReadiness models, ModelSelector model, ApiCall call)
    {
        ModelVersion version = await models.DescribeAsync(model.Model, VersionOf(model) ?? ServingHeaders.Version(call), call.Aborted);
        return [.. version.Signature.Inputs.Select(i => i.Name)];
    }
}
