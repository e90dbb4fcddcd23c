using MlOps.Api.Http;
using MlOps.Domain;
using MlOps.Domain.Storage;

namespace MlOps.Api.Serving;

/// <summary>
/// For probes, without a token: alive means that the process answers, ready that its store does too, and that of the models that are served
/// not every one is known to fail. (<c>/health</c> is what MLflow's tracking server has for whether it lives, so it heeds no model.)
/// </summary>
internal static class HealthRoutes
{
    public static void Map(ApiRoutes routes, Platform platform)
    {
        routes.Probe("", call => call.TextAsync("OK"));
        routes.Probe("/live", call => call.JsonAsync(new { status = "live" }));
        routes.Probe("/ready", async call =>
        {
            await CheckAsync(platform, call.Aborted);
            await call.JsonAsync(new { status = "ready" });
        });
    }

    /// <summary>Where KServe and Azure Machine Learning ask whether the process lives; where MLflow's UI is shown its page is there.</summary>
    public static void MapRoot(ApiRoutes routes) => routes.Probe("/", call => call.JsonAsync(new { status = "alive" }));

    /// <exception cref="MlOpsException">Unavailable <c>store-away</c>, <c>models-not-ready</c>.</exception>
    public static async Task CheckAsync(Platform platform, CancellationToken cancellationToken)
    {
        await CheckStoreAsync(platform, cancellationToken);
        IReadOnlyList<string> served = await platform.Served.NamesAsync(cancellationToken);
        if (served.Count > 0 && !await platform.Readiness.AnyAsync(served, cancellationToken))
            throw MlOpsException.Unavailable("models-not-ready", "no model that is served can answer: each one's readiness says why");
    }

    private static async Task CheckStoreAsync(Platform platform, CancellationToken cancellationToken)
    {
        try
        {
            await platform.Ports.Tables.FindAsync("health", new EntityKey("x", "x"), cancellationToken);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new MlOpsException(ErrorKind.Unavailable, "store-away", "the metadata store does not answer", e);
        }
    }
}
