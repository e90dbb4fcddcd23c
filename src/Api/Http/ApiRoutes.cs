using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using MlOps.Domain.Access;

namespace MlOps.Api.Http;

/// <summary>
/// Maps handlers below a prefix, all with one protocol's errors. Roles unless said otherwise: viewer reads, contributor writes,
/// admin deletes.
/// </summary>
internal sealed class ApiRoutes(IEndpointRouteBuilder routes, ApiPipeline pipeline, ApiOptions options, string prefix, ErrorShape shape)
{
    public void Get(string path, Func<ApiCall, Task> handler, Role role = Role.Viewer) => Map(HttpMethods.Get, path, handler, role, options.MaxRequestBytes);

    public void Post(string path, Func<ApiCall, Task> handler, Role role = Role.Contributor, long? maxBytes = null) =>
        Map(HttpMethods.Post, path, handler, role, Math.Min(maxBytes ?? options.MaxRequestBytes, options.MaxRequestBytes));

    public void Put(string path, Func<ApiCall, Task> handler, Role role = Role.Contributor) => Map(HttpMethods.Put, path, handler, role, options.MaxRequestBytes);

    public void Delete(string path, Func<ApiCall, Task> handler, Role role = Role.Admin) => Map(HttpMethods.Delete, path, handler, role, options.MaxRequestBytes);

    /// <summary>A POST whose body is a file of any length.</summary>
    public void Upload(string path, Func<ApiCall, Task> handler) => Map(HttpMethods.Post, path, handler, Role.Contributor, options.MaxUploadBytes);

    /// <summary>A GET that needs no token, for probes.</summary>
    public void Probe(string path, Func<ApiCall, Task> handler) => Map(HttpMethods.Get, path, handler, null, options.MaxRequestBytes);

    /// <summary>Whatever else is asked below the prefix is answered in the protocol's words.</summary>
    public void Otherwise() => routes.MapFallback(prefix + "/{**rest}", pipeline.Around(NotThere, shape, null, options.MaxRequestBytes));

    private void Map(string method, string path, Func<ApiCall, Task> handler, Role? role, long maxBytes) =>
        routes.MapMethods(prefix + path, [method], pipeline.Around(handler, shape, role, maxBytes));

    private static Task NotThere(ApiCall call) =>
        throw MlOpsException.NotFound("route-missing", $"there is no {call.Http.Request.Method} {call.Http.Request.Path} here");
}
