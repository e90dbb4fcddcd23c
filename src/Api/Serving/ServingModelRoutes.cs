using MlOps.Api.Http;
using MlOps.Domain;

namespace MlOps.Api.Serving;

/// <summary>The models that the answering process has in memory, what they hold, and how much they may.</summary>
internal static class ServingModelRoutes
{
    public static void Map(ApiRoutes routes, Platform platform) =>
        routes.Get("/serving/models", call => call.JsonAsync(platform.ModelCache.Memory));
}
