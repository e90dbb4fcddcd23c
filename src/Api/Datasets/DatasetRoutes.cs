using Microsoft.AspNetCore.Http;
using MlOps.Api.Http;
using MlOps.Domain;
using MlOps.Domain.Datasets;
using MlOps.Domain.Pipelines;

namespace MlOps.Api.Datasets;

/// <summary>Data sets and their versions; a new version starts the pipelines that declare it as trigger.</summary>
internal static class DatasetRoutes
{
    public static void Map(ApiRoutes routes, Platform platform)
    {
        DatasetCatalog catalog = platform.Datasets;
        routes.Get("/datasets", async call => await call.ListAsync(await catalog.ListAsync(call.Aborted)));
        routes.Get("/datasets/{name}", async call => await ShowAsync(catalog, call));
        routes.Get("/datasets/{name}/versions", async call => await call.ListAsync(await catalog.ListVersionsAsync(call.Path("name"), call.Aborted)));
        routes.Upload("/datasets/{name}/versions", async call => await AddAsync(platform, call));
        routes.Get("/datasets/{name}/versions/{version}/content", async call => await ContentAsync(catalog, call));
    }

    private static async Task ShowAsync(DatasetCatalog catalog, ApiCall call)
    {
        DatasetVersion version = await catalog.GetAsync(new DatasetRef(call.Path("name"), call.QueryNumber("version", 1, int.MaxValue)), call.Aborted);
        await call.JsonAsync(new DatasetView(version, await catalog.ProfileAsync(version, call.Aborted)));
    }

    private static async Task AddAsync(Platform platform, ApiCall call)
    {
        DatasetAddOptions options = DatasetUpload.OptionsOf(call);
        DatasetAdded added = await platform.Datasets.AddAsync(call.Path("name"), call.Http.Request.Body, options, call.Aborted);
        // Also for bytes that are known: if the call before died here, this one starts what it owed; ids made from the version keep it from starting twice.
        IReadOnlyList<PipelineRun> started = await platform.Pipelines.OnDatasetVersionAsync(added.Version, call.Aborted);
        DatasetVersion version = added.Version;
        call.Http.Response.Headers.Location = $"/api/v1/datasets/{Uri.EscapeDataString(version.Name)}?version={version.Version}";
        await call.JsonAsync(
            new UploadAnswer(version, added.Created, [.. started.Select(s => s.Id)]),
            added.Created ? StatusCodes.Status201Created : StatusCodes.Status200OK);
    }

    private static async Task ContentAsync(DatasetCatalog catalog, ApiCall call)
    {
        DatasetVersion version = await catalog.GetAsync(DatasetRef.Parse($"{call.Path("name")}@{call.Path("version")}"), call.Aborted);
        string name = $"{version.Name}-{version.Version}.{version.Format}";
        await call.FileAsync(await catalog.DownloadAsync(version, name, call.Aborted), name);
    }
}
