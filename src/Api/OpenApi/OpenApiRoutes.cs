using Microsoft.AspNetCore.Http;
using MlOps.Api.Http;
using MlOps.Domain;

namespace MlOps.Api.OpenApi;

/// <summary>What the API is, for machines (<c>/openapi/v1.json</c>) and for people (<c>/openapi</c>, a page to try it).</summary>
internal static class OpenApiRoutes
{
    /// <param name="mapped">All routes, also those that are mapped after this.</param>
    public static void Map(ApiRoutes routes, Platform platform, ApiOptions options, IReadOnlyList<MappedRoute> mapped)
    {
        var document = new OpenApiDocument(platform, options, mapped);
        routes.Get("/v1.json", async call => await WriteAsync(call, await document.ReadAsync(call.Aborted)));
        routes.Probe("", TryPage.WriteAsync);
    }

    private static async Task WriteAsync(ApiCall call, WrittenDocument document)
    {
        HttpResponse response = call.Http.Response;
        response.Headers.ETag = document.ETag;
        response.Headers.CacheControl = "no-cache";
        if (call.Http.Request.Headers.IfNoneMatch.ToString().Split(',', StringSplitOptions.TrimEntries).Contains(document.ETag))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        response.ContentType = "application/json";
        response.ContentLength = document.Json.Length;
        await response.Body.WriteAsync(document.Json, call.Aborted);
    }
}
