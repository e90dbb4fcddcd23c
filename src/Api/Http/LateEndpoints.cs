using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Primitives;

namespace MlOps.Api.Http;

/// <summary>
/// Endpoints that are mapped when routing first asks for them: a server's first prediction, which is answered before routing, does not wait for
/// some hundred others.
/// </summary>
internal sealed class LateEndpoints(IEndpointRouteBuilder routes, Action<IEndpointRouteBuilder> map) : EndpointDataSource
{
    private readonly Lazy<IReadOnlyList<Endpoint>> _endpoints = new(() =>
    {
        var late = new LateRoutes(routes);
        map(late);
        return [.. late.DataSources.SelectMany(s => s.Endpoints)];
    });

    public override IReadOnlyList<Endpoint> Endpoints => _endpoints.Value;

    public override IChangeToken GetChangeToken() => NullChangeToken.Singleton;

    private sealed class LateRoutes(IEndpointRouteBuilder routes) : IEndpointRouteBuilder
    {
        public IServiceProvider ServiceProvider => routes.ServiceProvider;

        public ICollection<EndpointDataSource> DataSources { get; } = [];

        public IApplicationBuilder CreateApplicationBuilder() => routes.CreateApplicationBuilder();
    }
}
