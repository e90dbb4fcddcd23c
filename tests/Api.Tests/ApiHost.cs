using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using MlOps.Contracts;
using MlOps.Domain;
using MlOps.Domain.Workflows;
using MlOps.Embedded;

namespace MlOps.Api.Tests;

/// <summary>The API over a real embedded platform in a fresh directory, behind Kestrel on a free port of 127.0.0.1.</summary>
public sealed class ApiHost : IAsyncDisposable
{
    private readonly TempDirectory _directory;
    private readonly EmbeddedPlatform _embedded;
    private readonly WebApplication _web;

    private ApiHost(TempDirectory directory, EmbeddedPlatform embedded, WebApplication web)
    {
        _directory = directory;
        _embedded = embedded;
        _web = web;
        Http = new HttpClient { BaseAddress = new Uri(web.Urls.Single()), Timeout = Eventually.Patience };
    }

    public HttpClient Http { get; }

    public Platform Platform => _embedded.Platform;

    public static async Task<ApiHost> StartAsync(
        ApiOptions? options = null, Action<IEndpointRouteBuilder, Platform>? more = null, TimeProvider? time = null, long? modelMemory = null,
        Func<string, string?>? setting = null)
    {
        var directory = new TempDirectory();
        EmbeddedPlatform embedded = await EmbeddedPlatform.OpenAsync(
            directory["mlops.db"], directory["blobs"], time ?? TimeProvider.System, NullLoggerFactory.Instance, null, CancellationToken.None, modelMemory, setting);
        await embedded.StartAsync(CancellationToken.None);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        // The body of a test may wait for what happens meanwhile, on a machine that does much else.
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MinRequestBodyDataRate = null);
        WebApplication web = builder.Build();
        web.MapMlOpsApi(embedded.Platform, options);
        more?.Invoke(web, embedded.Platform);
        await web.StartAsync();
        return new ApiHost(directory, embedded, web);
    }

    public async Task<ApiAnswer> SendAsync(HttpMethod method, string path, HttpContent? content = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        foreach ((string name, string value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using HttpResponseMessage response = await Http.SendAsync(request);
        return new ApiAnswer((int)response.StatusCode, response.Content.Headers.ContentType?.MediaType, response.Headers, await response.Content.ReadAsStringAsync());
    }

    public Task<ApiAnswer> GetAsync(string path, params (string Name, string Value)[] headers) => SendAsync(HttpMethod.Get, path, null, headers);

    public Task<ApiAnswer> PostAsync(string path, object body, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Post, path, JsonContent.Create(body, options: WorkflowJson.Options), headers);

    public Task<ApiAnswer> PostTextAsync(string path, string body, string contentType = "application/json", params (string Name, string Value)[] headers)
    {
        var content = new StringContent(body, Encoding.UTF8);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        return SendAsync(HttpMethod.Post, path, content, headers);
    }

    public Task<ApiAnswer> PutAsync(string path, object body, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Put, path, JsonContent.Create(body, options: WorkflowJson.Options), headers);

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _web.StopAsync();
        await _web.DisposeAsync();
        await _embedded.DisposeAsync();
        _directory.Dispose();
    }
}

/// <summary>What came back.</summary>
public sealed record ApiAnswer(int Status, string? ContentType, HttpResponseHeaders Headers, string Body)
{
    public JsonElement Json => JsonSerializer.Deserialize<JsonElement>(Body);

    public T Read<T>() => WorkflowJson.Read<T>(Body)!;

    public string Header(string name) => Headers.TryGetValues(name, out IEnumerable<string>? values) ? string.Join(",", values) : "";

    /// <summary>Asserts an error of our own API and returns its detail.</summary>
    public string Problem(int status, string code)
    {
        Assert.Equal((status, "application/problem+json"), (Status, ContentType));
        Assert.Equal((status, code), (Json.GetProperty("status").GetInt32(), Json.GetProperty("code").GetString()));
        return Json.GetProperty("detail").GetString()!;
    }

    /// <summary>Asserts an error of the Open Inference Protocol and returns its text.</summary>
    public string Error(int status)
    {
        Assert.Equal((status, "application/json"), (Status, ContentType));
        return Json.GetProperty("error").GetString()!;
    }

    /// <summary>Asserts an error of MLflow's protocol and returns its message.</summary>
    public string MlflowError(int status, string code)
    {
        Assert.Equal((status, code), (Status, Json.GetProperty("error_code").GetString()));
        return Json.GetProperty("message").GetString()!;
    }
}
