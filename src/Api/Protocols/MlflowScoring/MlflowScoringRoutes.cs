using Microsoft.AspNetCore.Http;
using MlOps.Api.Http;
using MlOps.Api.Inference;
using MlOps.Api.Serving;
using MlOps.Domain;
using MlOps.Domain.Registry;
using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Explanations;
using MlOps.Learning.Trainers;

namespace MlOps.Api.Protocols.MlflowScoring;

/// <summary>MLflow's scoring protocol, which is also what SageMaker expects of a container.</summary>
internal static class MlflowScoringRoutes
{
    public static void Map(ApiRoutes routes, Platform platform, ApiOptions options)
    {
        var models = new DefaultModel(platform, options);
        routes.Post("/invocations", async call => await InvokeAsync(platform.Predictor, models, call));
        routes.Probe("/ping", async (call, known) => await PingAsync(platform.Predictor, models, call, known));
        routes.Probe("/version", call => call.Http.Response.WriteAsync(options.Version, call.Aborted));
    }

    private static async Task InvokeAsync(Predictor predictor, DefaultModel models, ApiCall call)
    {
        ModelSelector model = await models.SelectAsync(call);
        using RequestBytes body = await RequestBytes.ReadAsync(call.Http.Request, call.Aborted);
        (RequestRows rows, ExplainOptions? explain) = InvocationBody.MediaType(call.Http.Request) == InvocationBody.Csv
            ? (await CsvAsync(predictor, model, call, body.Memory), null)
            : body.Parse(InvocationForms.Of);
        if (explain is not null)
        {
            InvocationAnswer.CheckExplained(call);
            await ExplainedAnswer.WriteAsync(call, await new Asked(model, rows).ExplainAsync(predictor, call, body.Memory, explain));
            return;
        }

        await InvocationAnswer.WriteAsync(call, await new Asked(model, rows).PredictAsync(predictor, call, body.Memory));
    }

    private static async Task<CsvRows> CsvAsync(Predictor predictor, ModelSelector model, ApiCall call, ReadOnlyMemory<byte> body)
    {
        ValueLimit.CheckCsv(body.Span, call.Options.MaxGeneralValues, "the request, as CSV,");
        return await CsvRows.ReadAsync(body, await FeaturesAsync(predictor, model, call), call.Aborted);
    }

    private static async Task<IReadOnlyList<string>> FeaturesAsync(Predictor predictor, ModelSelector model, ApiCall call)
    {
        (_, IModel loaded) = await predictor.DescribeAsync(model.Model, VersionOf(model) ?? ServingHeaders.Version(call.Http), call.Aborted);
        return [.. loaded.Signature.Inputs.Select(i => i.Name)];
    }

    /// <summary>
    /// 200 when the model that an invocation means could answer, else 404, as both protocols want it. Who is not
    /// <paramref name="known"/> can neither name a model (that would load any version) nor read why it cannot answer (that names models).
    /// </summary>
    private static async Task PingAsync(Predictor predictor, DefaultModel models, ApiCall call, bool known)
    {
        try
        {
            ModelSelector model = known ? await models.SelectAsync(call) : await models.UnnamedAsync(call.Aborted);
            await predictor.DescribeAsync(model.Model, VersionOf(model), call.Aborted);
        }
        catch (MlOpsException e)
        {
            throw known ? MlOpsException.NotFound(e.Code, e.Message) : MlOpsException.NotFound("model-not-ready", "no model can answer: ask with a token to read why");
        }

        await call.Http.Response.WriteAsync("\n", call.Aborted);
    }

    private static string? VersionOf(ModelSelector model) => model.Alias ?? model.Version?.ToString();
}
