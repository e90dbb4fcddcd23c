using MlOps.Api.Http;
using MlOps.Api.Serving;
using MlOps.Domain;
using MlOps.Domain.Registry;
using MlOps.Domain.Serving;

namespace MlOps.Api.Protocols.MlflowScoring;

/// <summary>MLflow's scoring protocol, which is also what SageMaker expects of a container.</summary>
internal static class MlflowScoringRoutes
{
    public static void Map(ApiRoutes routes, Platform platform, ApiOptions options)
    {
        var models = new DefaultModel(platform, options);
        routes.Post("/invocations", async call => await Invocation.AnswerAsync(platform.Predictor, await models.SelectAsync(call), call));
        routes.Probe("/ping", async (call, known) => await PingAsync(platform.Predictor, models, call, known));
        routes.Probe("/version", call => call.TextAsync(MlflowVersion.Of(options.Version)));
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
            await predictor.DescribeAsync(model.Model, Invocation.VersionOf(model), call.Aborted);
        }
        catch (MlOpsException e)
        {
            throw known ? MlOpsException.NotFound(e.Code, e.Message) : MlOpsException.NotFound("model-not-ready", "no model can answer: ask with a token to read why");
        }

        await call.TextAsync("\n");
    }
}
