using MlOps.Api.Http;
using MlOps.Domain;
using MlOps.Domain.Access;
using MlOps.Domain.Gc;

namespace MlOps.Api.Gc;

/// <summary>Removing for good what was deleted; for admins only.</summary>
internal static class GcRoutes
{
    public static void Map(ApiRoutes routes, Platform platform) =>
        routes.Post("/gc", async call => await call.JsonAsync(await platform.Garbage.RunAsync(await call.ReadOptionalAsync<GcRequest>() ?? new GcRequest(), call.Aborted)), Role.Admin);
}
