using System.Net.Http.Headers;

namespace MlOps.Api.Tests.Protocols;

/// <summary>One API for the wire tests of all protocols: <c>churn</c> (No, Yes), <c>price</c> (a number), <c>flag</c> (0, 1).</summary>
public sealed class ServedModels : IAsyncLifetime
{
    public ApiHost Api { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Api = await ApiHost.StartAsync(new ApiOptions { DefaultModel = "churn" });
        await SampleModels.ServeChurnAsync(Api.Platform);
        await SampleModels.ServePriceAsync(Api.Platform);
        await SampleModels.ServeFlagAsync(Api.Platform);
    }

    public async Task DisposeAsync() => await Api.DisposeAsync();

    /// <summary>Posts bytes and returns status, headers and bytes.</summary>
    public async Task<(HttpResponseMessage Response, byte[] Body)> PostBytesAsync(string path, byte[] body, string? jsonLength)
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        if (jsonLength is not null)
            content.Headers.TryAddWithoutValidation("Inference-Header-Content-Length", jsonLength);
        HttpResponseMessage response = await Api.Http.PostAsync(new Uri(path, UriKind.Relative), content);
        return (response, await response.Content.ReadAsByteArrayAsync());
    }
}

[CollectionDefinition(Name)]
public sealed class ServedModelsTests : ICollectionFixture<ServedModels>
{
    public const string Name = "served models";
}
