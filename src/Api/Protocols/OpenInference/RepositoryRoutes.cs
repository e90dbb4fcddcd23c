using System.Globalization;
using System.Text.Json.Serialization;
using MlOps.Api.Http;
using MlOps.Domain;
using MlOps.Domain.Access;
using MlOps.Domain.Registry;
using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Models;

namespace MlOps.Api.Protocols.OpenInference;

/// <summary>
/// The protocol's extension of model repositories: which versions with traffic are in the answering process's memory; loads a model before its first
/// request would, and lets it go. Parameters of a load are ignored: what a version is, the registry says.
/// </summary>
internal static class RepositoryRoutes
{
    public static void Map(ApiRoutes routes, Platform platform)
    {
        routes.Post("/repository/index", async call => await IndexAsync(platform, call), Role.Viewer);
        routes.Post("/repository/models/{model}/load", async call => await LoadAsync(platform, call));
        routes.Post("/repository/models/{model}/unload", async call => await UnloadAsync(platform, call));
    }

    private static async Task IndexAsync(Platform platform, ApiCall call)
    {
        bool onlyReady = (await call.ReadOptionalAsync<IndexRequest>())?.Ready == true;
        var index = new List<IndexEntry>();
        await foreach (Endpoint endpoint in platform.Endpoints.ListAsync(call.Aborted))
        {
            foreach (int number in endpoint.Traffic.Select(t => t.Version))
            {
                ModelVersion version = await platform.Readiness.DescribeAsync(endpoint.Model, number.ToString(CultureInfo.InvariantCulture), call.Aborted);
                index.Add(IndexEntry.Of(version, platform.Readiness.KnownState(version)));
            }
        }

        await call.JsonAsync(index.Where(e => !onlyReady || e.State == IndexEntry.Ready));
    }

    private static async Task LoadAsync(Platform platform, ApiCall call)
    {
        ModelVersion version = await platform.Readiness.DescribeAsync(call.Path("model"), null, call.Aborted);
        await platform.Readiness.LoadAsync(version, call.Aborted);
        await call.JsonAsync(new { name = version.Model, load = true });
    }

    private static async Task UnloadAsync(Platform platform, ApiCall call)
    {
        ModelVersion version = await platform.Readiness.DescribeAsync(call.Path("model"), null, call.Aborted);
        platform.Readiness.Unload(version.Model);
        await call.JsonAsync(new { name = version.Model, unload = true });
    }
}

/// <param name="Ready">Only what is in memory; default all.</param>
internal sealed record IndexRequest(bool? Ready = null);

/// <param name="State">READY, LOADING or UNAVAILABLE.</param>
/// <param name="Reason">Why it is not ready; empty when it is.</param>
internal sealed record IndexEntry(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("version")] string Version,
    [property: JsonPropertyName("state")] string State,
    [property: JsonPropertyName("reason")] string Reason)
{
    public const string Ready = "READY";

    public static IndexEntry Of(ModelVersion version, ModelState state)
    {
        (string name, string reason) = state.Phase switch
        {
            ModelPhase.Loaded => (Ready, ""),
            ModelPhase.Loading => ("LOADING", ""),
            ModelPhase.Failed => ("UNAVAILABLE", state.Error!.Message),
            _ => ("UNAVAILABLE", "not in memory: the next request loads it"),
        };
        return new(version.Model, version.Version.ToString(CultureInfo.InvariantCulture), name, reason);
    }
}
