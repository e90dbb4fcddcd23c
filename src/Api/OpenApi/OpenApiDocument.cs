using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using MlOps.Api.Http;
using MlOps.Domain;
using MlOps.Domain.Registry;
using MlOps.Domain.Serving;

namespace MlOps.Api.OpenApi;

/// <summary>
/// The description of the API (OpenAPI 3.1): every route that is mapped, and for each model that is served its own paths, with its features
/// and classes as they are in the version that has the stable traffic. Written anew when another version has it.
/// </summary>
internal sealed class OpenApiDocument(Platform platform, ApiOptions options, IReadOnlyList<MappedRoute> routes)
{
    private readonly ModelExamples _examples = new(platform);
    private WrittenDocument? _last;

    public async Task<WrittenDocument> ReadAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<(string Model, int Version)> served = await ServedAsync(cancellationToken);
        string of = string.Join('\n', served);
        if (_last is { } last && last.Of == of)
            return last;
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(await BuildAsync(served, cancellationToken));
        return _last = new WrittenDocument(of, json, $"\"{Convert.ToHexStringLower(SHA256.HashData(json).AsSpan(0, 12))}\"");
    }

    private async Task<IReadOnlyList<(string Model, int Version)>> ServedAsync(CancellationToken cancellationToken)
    {
        var served = new List<(string, int)>();
        await foreach (Endpoint endpoint in platform.Endpoints.ListAsync(cancellationToken))
        {
            if (endpoint.StableVersion is { } version)
                served.Add((endpoint.Model, version));
        }

        return served;
    }

    private async Task<JsonObject> BuildAsync(IReadOnlyList<(string Model, int Version)> served, CancellationToken cancellationToken)
    {
        JsonObject schemas = ProtocolSchemas.All();
        var paths = new OpenApiPaths(options, schemas);
        foreach (MappedRoute route in routes)
            paths.Add(route);
        foreach ((string model, int number) in served)
        {
            ModelVersion version = await platform.Registry.GetVersionAsync(model, number, cancellationToken);
            ModelPaths.Add(paths, schemas, version, await _examples.OfAsync(version, cancellationToken));
        }

        return new JsonObject
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject { ["title"] = "MlOps", ["version"] = options.Version, ["description"] = "Data sets, runs, models, rollouts and monitoring, and the inference protocols of others. Try it at /openapi." },
            ["servers"] = new JsonArray(new JsonObject { ["url"] = "/" }),
            ["paths"] = paths.Paths,
            ["components"] = new JsonObject
            {
                ["schemas"] = schemas,
                ["securitySchemes"] = new JsonObject { ["bearer"] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer", ["description"] = "An access token; none is needed on loopback while none exists." } },
            },
        };
    }
}

/// <param name="Of">The models and versions that it describes.</param>
internal sealed record WrittenDocument(string Of, byte[] Json, string ETag);
