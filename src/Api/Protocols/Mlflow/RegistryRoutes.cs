using MlOps.Api.Http;
using MlOps.Domain;
using MlOps.Domain.Access;

namespace MlOps.Api.Protocols.Mlflow;

/// <summary>MLflow's registered models and versions, over our registry. Taking off a tag or an alias is a contributor's, deleting a model or version an admin's.</summary>
internal static class RegistryRoutes
{
    public static void Map(ApiRoutes routes, Platform platform)
    {
        MapModels(routes, new RegisteredModelCalls(platform));
        MapVersions(routes, new ModelVersionCalls(platform));
    }

    private static void MapModels(ApiRoutes routes, RegisteredModelCalls calls)
    {
        routes.Post("/registered-models/create", MlflowCall.OfBody(calls.CreateAsync));
        routes.Get("/registered-models/get", MlflowCall.OfQuery(calls.GetAsync));
        routes.Get("/registered-models/search", MlflowCall.OfQuery(calls.SearchAsync));
        routes.Post("/registered-models/rename", MlflowCall.OfBody(calls.RenameAsync));
        routes.Patch("/registered-models/update", MlflowCall.OfBody(calls.UpdateAsync));
        routes.Delete("/registered-models/delete", MlflowCall.OfBody(calls.DeleteAsync));
        routes.Post("/registered-models/get-latest-versions", MlflowCall.OfBody(calls.LatestAsync), Role.Viewer);
        routes.Get("/registered-models/get-latest-versions", MlflowCall.OfQuery(calls.LatestAsync));
        routes.Post("/registered-models/set-tag", MlflowCall.OfBody(calls.SetTagAsync));
        routes.Delete("/registered-models/delete-tag", MlflowCall.OfBody(calls.DeleteTagAsync), Role.Contributor);
        routes.Post("/registered-models/alias", MlflowCall.OfBody(calls.SetAliasAsync));
        routes.Get("/registered-models/alias", MlflowCall.OfQuery(calls.GetByAliasAsync));
        routes.Delete("/registered-models/alias", MlflowCall.OfBody(calls.DeleteAliasAsync), Role.Contributor);
    }

    private static void MapVersions(ApiRoutes routes, ModelVersionCalls calls)
    {
        routes.Post("/model-versions/create", MlflowCall.OfBody(calls.CreateAsync));
        routes.Get("/model-versions/get", MlflowCall.OfQuery(calls.GetAsync));
        routes.Get("/model-versions/search", MlflowCall.OfQuery(calls.SearchAsync));
        routes.Get("/model-versions/get-download-uri", MlflowCall.OfQuery(calls.DownloadUriAsync));
        routes.Patch("/model-versions/update", MlflowCall.OfBody(calls.UpdateAsync));
        routes.Delete("/model-versions/delete", MlflowCall.OfBody(calls.DeleteAsync));
        routes.Post("/model-versions/transition-stage", MlflowCall.OfBody(calls.TransitionAsync));
        routes.Post("/model-versions/set-tag", MlflowCall.OfBody(calls.SetTagAsync));
        routes.Delete("/model-versions/delete-tag", MlflowCall.OfBody(calls.DeleteTagAsync), Role.Contributor);
    }
}
