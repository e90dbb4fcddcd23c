using MlOps.Api.Http;
using MlOps.Api.Serving;
using MlOps.Domain;

namespace MlOps.Api.Protocols.MlflowScoring;

/// <summary>MLflow's scoring protocol, which is also what SageMaker expects of a container.</summary>
internal static class MlflowScoringRoutes
{
    public static void Map(ApiRoutes routes, Platform platform, ApiOptions options)
    {
        var models = new DefaultModel(platform, options);
        routes.PostDirect("/invocations", async call =>
        {
            await call.LeaveSharedThreadAsync();
            await Invocation.AnswerAsync(platform, await models.SelectAsync(call), call);
        });
        routes.Probe("/ping", async (call, known) => await PingAsync(platform, models, call, known));
        routes.Probe("/version", call => call.TextAsync(MlflowVersion.Of(options.Version)));
    }

    /// <summary>
    /// 200 when the model that an invocation means could answer, or one of several where it would have to name one; else 404, as both protocols
    /// want it. Who is not
    /// <paramref name="known"/> can neither name a model nor read why it cannot answer (that names models).
    /// </summary>
    private static async Task PingAsync(Platform platform, DefaultModel models, ApiCall call, bool known)
    {
        try
        {
            if ((known ? await models.FindAsync(call) : await models.UnnamedAsync(call.Aborted)) is { } model)
                await platform.Readiness.CheckAsync(model.Model, Invocation.VersionOf(model), call.Aborted);
            else if (!await platform.Readiness.AnyAsync(await platform.Served.NamesAsync(call.Aborted), call.Aborted))
                throw MlOpsException.Unavailable("models-not-ready", "no model that is served can answer");
        }
        catch (MlOpsException e)
        {
            throw known ? MlOpsException.NotFound(e.Code, e.Message) : MlOpsException.NotFound("model-not-ready", "no model can answer: ask with a token to read why");
        }

        await call.TextAsync("\n");
    }
}
