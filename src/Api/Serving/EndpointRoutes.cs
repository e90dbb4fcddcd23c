using MlOps.Api.Http;
using MlOps.Domain;
using MlOps.Domain.Rollout;
using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Log;

namespace MlOps.Api.Serving;

/// <summary>What is served: the traffic of each endpoint and what its versions did lately, and what of it is logged.</summary>
internal static class EndpointRoutes
{
    private const int DefaultMinutes = 10;
    private const int MostMinutes = 24 * 60;

    public static void Map(ApiRoutes routes, Platform platform)
    {
        routes.Get("/endpoints", async call => await call.ListAsync(await platform.Endpoints.ListAsync(call.Aborted).ToListAsync(call.Aborted)));
        routes.Get("/endpoints/{model}", async call => await ShowAsync(platform, call));
        routes.Get("/endpoints/{model}/settings", async call => await call.JsonAsync((await platform.Endpoints.GetAsync(call.Path("model"), call.Aborted)).Settings ?? new EndpointSettings()));
        routes.Put("/endpoints/{model}/settings", async call => await ConfigureAsync(platform.Endpoints, call));
        routes.Get("/endpoints/{model}/history", async call =>
            await call.ListAsync(await platform.Endpoints.HistoryAsync(call.Path("model"), call.Aborted).ToListAsync(call.Aborted)));
        routes.Get("/endpoints/{model}/log", async call =>
        {
            await platform.Registry.GetModelAsync(call.Path("model"), call.Aborted);
            await call.JsonAsync(await platform.LogPolicies.GetAsync(call.Path("model"), call.Aborted));
        });
        routes.Get("/endpoints/{model}/log/history", async call =>
            await call.ListAsync(await platform.LogPolicies.HistoryAsync(call.Path("model"), call.Aborted).ToListAsync(call.Aborted)));
        routes.Put("/endpoints/{model}/log", async call => await SetLogAsync(platform.LogPolicies, call));
    }

    private static async Task SetLogAsync(LogPolicies policies, ApiCall call)
    {
        LogPolicyRequest wanted = await call.ReadAsync<LogPolicyRequest>();
        await call.JsonAsync(await policies.SetAsync(call.Path("model"), wanted.Policy, call.By, call.Aborted, wanted.Revision));
    }

    private static async Task ConfigureAsync(EndpointStore endpoints, ApiCall call)
    {
        EndpointSettings wanted = await call.ReadAsync<EndpointSettings>();
        await call.JsonAsync((await endpoints.ConfigureAsync(call.Path("model"), wanted, call.By, call.Aborted)).Settings!);
    }

    private static async Task ShowAsync(Platform platform, ApiCall call)
    {
        Endpoint endpoint = await platform.Endpoints.GetAsync(call.Path("model"), call.Aborted);
        DateTimeOffset since = platform.Ports.Time.GetUtcNow().AddMinutes(-(call.QueryNumber("minutes", 1, MostMinutes) ?? DefaultMinutes));
        var versions = new List<VersionTraffic>();
        foreach (TrafficShare share in endpoint.Traffic)
        {
            TrafficWindow window = await platform.TrafficStats.ReadAsync(endpoint.Model, share.Version, since, call.Aborted);
            versions.Add(new VersionTraffic(share.Version, share.BasisPoints / 10_000.0, TrafficNumbers.Of(window)));
        }

        await call.JsonAsync(new EndpointView(endpoint, since, versions));
    }
}

/// <param name="Since">The numbers of the versions are of the time from then to now.</param>
public sealed record EndpointView(Endpoint Endpoint, DateTimeOffset Since, IReadOnlyList<VersionTraffic> Versions);

/// <param name="Share">0 to 1.</param>
public sealed record VersionTraffic(int Version, double Share, TrafficNumbers Numbers);
