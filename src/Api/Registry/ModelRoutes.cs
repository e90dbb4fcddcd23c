using Microsoft.AspNetCore.Http;
using MlOps.Api.Http;
using MlOps.Domain;
using MlOps.Domain.Registry;
using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Models;
using MlOps.Domain.Training;
using MlOps.Learning.Exporting;

namespace MlOps.Api.Registry;

/// <summary>Registered models, their versions, aliases, lineage and files.</summary>
internal static class ModelRoutes
{
    public static void Map(ApiRoutes routes, Platform platform)
    {
        ModelRegistry registry = platform.Registry;
        routes.Get("/models", async call => await call.ListAsync(await registry.ListModelsAsync(call.Aborted)));
        routes.Get("/models/{name}", async call => await ShowAsync(platform, call));
        routes.Get("/models/{name}/events", async call => await call.ListAsync(await registry.ListEventsAsync(call.Path("name"), call.Aborted).ToListAsync(call.Aborted)));
        routes.Upload("/models/{name}/versions", async call => await ImportAsync(platform, call));
        routes.Get("/models/{name}/versions/{selector}", async call => await call.JsonAsync(await registry.FindAsync(SelectorOf(call), call.Aborted)));
        routes.Delete("/models/{name}/versions/{selector}", async call => await call.JsonAsync(await platform.Removal.DeleteVersionAsync(call.Path("name"), NumberOf(call), call.By, call.Aborted)));
        routes.Delete("/models/{name}", async call => await DeleteAsync(platform, call));
        routes.Get("/models/{name}/versions/{selector}/lineage", async call => await LineageAsync(platform, call));
        routes.Get("/models/{name}/versions/{selector}/file", async call => await FileAsync(platform, call));
        routes.Put("/models/{name}/aliases/{alias}", async call => await SetAliasAsync(registry, call));
        routes.Get("/models/{name}/aliases/{alias}/history", async call => await call.ListAsync(await registry.AliasHistoryAsync(call.Path("name"), call.Path("alias"), call.Aborted)));
        routes.Post("/models/{name}/aliases/{alias}/rollback", async call => await RollBackAsync(registry, call));
        routes.Delete("/models/{name}/aliases/{alias}", async call =>
        {
            await registry.DeleteAliasAsync(call.Path("name"), call.Path("alias"), call.By, call.Aborted);
            await call.JsonAsync(await registry.GetModelAsync(call.Path("name"), call.Aborted));
        });
    }

    private static async Task ImportAsync(Platform platform, ApiCall call)
    {
        ImportedVersion imported = await platform.Imports.ImportAsync(call.Path("name"), call.Http.Request.Body, ImportQuery.Of(call), call.By, call.Aborted);
        call.Http.Response.Headers.Location = $"/api/v1/models/{Uri.EscapeDataString(imported.Version.Model)}/versions/{imported.Version.Version}";
        await call.JsonAsync(imported, StatusCodes.Status201Created);
    }

    private static async Task ShowAsync(Platform platform, ApiCall call)
    {
        string name = call.Path("name");
        RegisteredModel model = await platform.Registry.GetModelAsync(name, call.Aborted);
        IReadOnlyList<ModelVersion> versions = await platform.Registry.ListVersionsAsync(name, call.Aborted);
        var names = versions.Select(v => v.Name).ToHashSet(StringComparer.Ordinal);
        IReadOnlyList<LoadedModel> loaded = [.. platform.ModelCache.Memory.Models.Where(m => m.Versions.Any(names.Contains))];
        await call.JsonAsync(new ModelView(model, versions, await platform.Endpoints.FindAsync(name, call.Aborted), loaded));
    }

    private static async Task SetAliasAsync(ModelRegistry registry, ApiCall call)
    {
        AliasTarget target = await call.ReadAsync<AliasTarget>();
        var change = new AliasChange(call.Path("alias"), target.Version, target.Expected);
        await call.JsonAsync(await registry.ChangeAliasesAsync(call.Path("name"), [change], call.By, call.Aborted));
    }

    private static async Task LineageAsync(Platform platform, ApiCall call)
    {
        ModelVersion version = await platform.Registry.FindAsync(SelectorOf(call), call.Aborted);
        List<EndpointChange> history = await platform.Endpoints.HistoryAsync(version.Model, call.Aborted).ToListAsync(call.Aborted);
        IReadOnlyList<LineageDeployment> deployments = Deployments.Of(version.Model, version.Version, history);
        ModelLineageView lineage = await platform.Registry.LineageAsync(version.Model, version.Version, deployments, call.Aborted);
        await call.JsonAsync(lineage with { Batches = await platform.Batches.UsesAsync(version.Model, version.Version, call.Aborted) });
    }

    private static async Task FileAsync(Platform platform, ApiCall call)
    {
        ModelVersion version = await platform.Registry.ResolveAsync(SelectorOf(call), call.Aborted);
        if (call.Query("format") is { } format)
        {
            await ExportAsync(platform, call, version, format);
            return;
        }

        string name = $"{version.Model}-{version.Version}.model";
        await call.FileAsync(await platform.Models.DownloadAsync(new ModelRef(version.ModelDigest, version.ModelSize), name, call.Aborted), name);
    }

    /// <summary>The model in the format of another library, by way of the disk: a caller who reads slowly holds no memory.</summary>
    private static async Task ExportAsync(Platform platform, ApiCall call, ModelVersion version, string format)
    {
        string name = $"{version.Model}-{version.Version}{ModelExporter.ExtensionOf(format)}";
        await using var file = new FileStream(Path.GetTempFileName(), FileMode.Open, FileAccess.ReadWrite, FileShare.None, 1 << 16, FileOptions.DeleteOnClose);
        await platform.Exports.WriteAsync(version, format, file, call.Aborted);
        file.Position = 0;
        await call.FileAsync(file, name);
    }

    private static async Task DeleteAsync(Platform platform, ApiCall call)
    {
        await platform.Removal.DeleteAsync(call.Path("name"), call.Aborted);
        await call.NothingAsync();
    }

    private static async Task RollBackAsync(ModelRegistry registry, ApiCall call)
    {
        AliasRollback? asked = await call.ReadOptionalAsync<AliasRollback>();
        await call.JsonAsync(await registry.RollBackAliasAsync(call.Path("name"), call.Path("alias"), asked?.Expected, call.By, call.Aborted));
    }

    private static ModelSelector SelectorOf(ApiCall call) => ModelSelector.Of(call.Path("name"), call.Path("selector"));

    private static int NumberOf(ApiCall call) => SelectorOf(call).Version
        ?? throw MlOpsException.Invalid("model-selector", $"'{call.Path("selector")}' is no version number: what is deleted is named by its number, since an alias may have moved meanwhile");
}
