using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using MlOps.Domain.Access;

namespace MlOps.Api.Http;

/// <summary>
/// Maps handlers below a prefix, all with one protocol's errors. Roles unless said otherwise: viewer reads, contributor writes,
/// admin deletes. Every GET answers HEAD, too.
/// </summary>
internal sealed class ApiRoutes(IEndpointRouteBuilder routes, ApiPipeline pipeline, ApiOptions options, string prefix, ErrorShape shape)
{
    public const string WrongMethod = "method-not-allowed";

    public void Get(string path, Func<ApiCall, Task> handler, Role role = Role.Viewer) => Map(HttpMethods.Get, path, handler, role, options.MaxRequestBytes);

    public void Post(string path, Func<ApiCall, Task> handler, Role role = Role.Contributor, long? maxBytes = null) =>
        Map(HttpMethods.Post, path, handler, role, Math.Min(maxBytes ?? options.MaxRequestBytes, options.MaxRequestBytes));

    /// <summary>As <see cref="Post"/>, and a host may answer it before routing. The path has no parameters.</summary>
    public void PostDirect(string path, Func<ApiCall, Task> handler)
    {
        RequestDelegate answer = Map(HttpMethods.Post, path, handler, Role.Contributor, options.MaxRequestBytes);
        pipeline.Direct?.Add(prefix + path, answer);
    }

    public void Put(string path, Func<ApiCall, Task> handler, Role role = Role.Contributor) => Map(HttpMethods.Put, path, handler, role, options.MaxRequestBytes);

    public void Patch(string path, Func<ApiCall, Task> handler, Role role = Role.Contributor) => Map(HttpMethods.Patch, path, handler, role, options.MaxRequestBytes);

    public void Delete(string path, Func<ApiCall, Task> handler, Role role = Role.Admin) => Map(HttpMethods.Delete, path, handler, role, options.MaxRequestBytes);

    /// <summary>A POST whose body is a file of any length.</summary>
    public void Upload(string path, Func<ApiCall, Task> handler) => Map(HttpMethods.Post, path, handler, Role.Contributor, options.MaxUploadBytes);

    /// <summary>A PUT whose body is an artifact.</summary>
    public void UploadPut(string path, Func<ApiCall, Task> handler) => Map(HttpMethods.Put, path, handler, Role.Contributor, options.MaxArtifactBytes);

    /// <summary>A GET that needs no token, for probes.</summary>
    public void Probe(string path, Func<ApiCall, Task> handler) => Map(HttpMethods.Get, path, handler, null, options.MaxRequestBytes);

    /// <summary>A probe that tells more to whom a token, or the host, makes known.</summary>
    public void Probe(string path, Func<ApiCall, bool, Task> handler) =>
        Probe(path, async call => await handler(call, await pipeline.IsKnownAsync(call.Http)));

    /// <summary>Whatever else is asked below the prefix is answered in the protocol's words.</summary>
    public void Otherwise() => Otherwise(NotThere);

    /// <inheritdoc cref="Otherwise()"/>
    public void Otherwise(Func<ApiCall, Task> handler) => routes.MapFallback(prefix + "/{**rest}", pipeline.Around(handler, shape, null, options.MaxRequestBytes));

    private RequestDelegate Map(string method, string path, Func<ApiCall, Task> handler, Role? role, long maxBytes)
    {
        pipeline.Routes.Add(new MappedRoute(method, prefix + path, role, shape));
        RequestDelegate answer = pipeline.Around(handler, shape, role, maxBytes);
        // Whatever can be read can be asked for without its body (RFC 9110, 9.3.2); the server leaves it out.
        routes.MapMethods(prefix + path, Answered(method), answer);
        return answer;
    }

    // The fallback takes every method, so routing itself never sees a path that exists under another one.
    private Task NotThere(ApiCall call)
    {
        HttpRequest request = call.Http.Request;
        string[] allowed = [.. pipeline.Routes.Where(r => r.Matches(request.Path)).SelectMany(r => Answered(r.Method)).Distinct()];
        if (allowed.Length == 0)
            throw MlOpsException.NotFound("route-missing", $"there is no {request.Method} {request.Path} here");
        call.Http.Response.Headers.Allow = string.Join(", ", allowed);
        throw MlOpsException.Invalid(WrongMethod, $"{request.Path} takes {string.Join(", ", allowed)}, not {request.Method}");
    }

    private static string[] Answered(string method) => method == HttpMethods.Get ? [method, HttpMethods.Head] : [method];
}
