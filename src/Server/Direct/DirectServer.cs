using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using MlOps.Api;

namespace MlOps.Server.Direct;

/// <summary>A server whose <see cref="DirectRoutes"/> are answered without the host's own steps for a request (activity, metrics, routing).</summary>
internal sealed class DirectServer(IServer inner, DirectRoutes routes, HostDiagnostics diagnostics, IServiceScopeFactory scopes) : IServer
{
    public IFeatureCollection Features => inner.Features;

    /// <summary>Wraps the server that was registered before.</summary>
    public static void Register(IServiceCollection services, DirectRoutes routes)
    {
        Type server = services.Last(s => s.ServiceType == typeof(IServer)).ImplementationType!;
        services.AddSingleton(server);
        services.AddSingleton<HostDiagnostics>();
        services.AddSingleton<IServer>(all => new DirectServer(
            (IServer)all.GetRequiredService(server), routes, all.GetRequiredService<HostDiagnostics>(), all.GetRequiredService<IServiceScopeFactory>()));
    }

    public Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken)
        where TContext : notnull => inner.StartAsync(new DirectApplication<TContext>(application, routes, diagnostics, scopes), cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => inner.StopAsync(cancellationToken);

    public void Dispose() => inner.Dispose();
}
