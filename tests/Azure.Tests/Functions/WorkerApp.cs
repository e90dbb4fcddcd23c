using System.Collections.Concurrent;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Azure.Functions.Worker.Core.FunctionMetadata;
using Microsoft.Azure.Functions.Worker.Extensions.DurableTask;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MlOps.Functions;

namespace MlOps.Azure.Tests.Functions;

/// <summary>
/// The function app as Program builds it, with all that the worker brings: its middleware, its Kestrel, the generated metadata and executor. Only the gRPC
/// stream to the Functions host is not opened: what would come over it is given by <see cref="WorkerMessages"/>.
/// </summary>
internal sealed class WorkerApp : IAsyncDisposable
{
    /// <summary>The collection of tests that need no emulator: the worker's server has one port for the whole process.</summary>
    public const string OneAtATime = "worker app";

    private readonly IHost _host;
    private readonly WorkerMessages _messages;
    private readonly HttpClient _http;
    private readonly IReadOnlyList<IFunctionMetadata> _functions;

    private WorkerApp(IHost host, WorkerMessages messages, IReadOnlyList<IFunctionMetadata> functions)
    {
        (_host, _messages, _functions) = (host, messages, functions);
        string address = host.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = new Uri(address) };
    }

    public IServiceProvider Services => _host.Services;

    public CloudHost Cloud => _host.Services.GetRequiredService<CloudHost>();

    /// <summary>The functions other than those of HTTP that were invoked.</summary>
    public ConcurrentQueue<string> Invoked { get; } = new();

    /// <summary>What the Functions host gives a <c>[DurableClient]</c>.</summary>
    public string DurableClient { get; set; } = Durable("http://127.0.0.1:9");

    public static string Durable(string address) => JsonSerializer.Serialize(
        new { rpcBaseUrl = address, taskHubName = "MlOps", connectionName = "", requiredQueryStringParameters = "", httpBaseUrl = address });

    public static async Task<WorkerApp> StartAsync(
        IReadOnlyDictionary<string, string?> settings, TimeProvider? time = null, Action<FunctionsApplicationBuilder>? configure = null)
    {
        // The worker reads it from the process; host.json lies there.
        Environment.SetEnvironmentVariable("FUNCTIONS_APPLICATION_DIRECTORY", AppContext.BaseDirectory);
        IHost host = CloudApp.Build([], builder =>
        {
            builder.Configuration.AddInMemoryCollection(settings);
            // On a user's machine the worker finds these three in the entry assembly, which is the test runner here.
            new DurableTaskExtensionStartup().Configure(builder);
            HostBuilderOf(builder).ConfigureGeneratedFunctionMetadataProvider().ConfigureGeneratedFunctionExecutor();
            builder.Logging.ClearProviders();
            builder.Services.Remove(builder.Services.Single(s => s.ImplementationType?.Name == "WorkerHostedService"));
            builder.Services.AddSingleton(time ?? TimeProvider.System);
            configure?.Invoke(builder);
        });
        await host.StartAsync();
        IReadOnlyList<IFunctionMetadata> functions = await host.Services.GetRequiredService<IFunctionMetadataProvider>().GetFunctionMetadataAsync(AppContext.BaseDirectory);
        var messages = new WorkerMessages(host.Services);
        foreach (IFunctionMetadata function in functions)
            messages.Load(function);
        return new WorkerApp(host, messages, functions);
    }

    /// <summary>As the Functions host does: the request goes to the worker's own server, its invocation over the stream, side by side.</summary>
    public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request)
    {
        string invocation = Guid.NewGuid().ToString();
        request.Headers.Add("x-ms-invocation-id", invocation);
        Task<JsonNode> invoked = _messages.InvokeAsync(FunctionOf(request.RequestUri!.OriginalString), invocation, ("client", DurableClient));
        Task<HttpResponseMessage> response = _http.SendAsync(request);
        WorkerMessages.Check(await invoked);
        return await response;
    }

    /// <summary>Runs a function other than those of HTTP; its inputs as the Functions host writes them.</summary>
    /// <returns>What it returns as text, or null.</returns>
    public async Task<string?> InvokeAsync(string function, string parameter, string value)
    {
        Invoked.Enqueue(function);
        JsonNode answer = await _messages.InvokeAsync(IdOf(function), Guid.NewGuid().ToString(), (parameter, value), ("client", DurableClient));
        WorkerMessages.Check(answer);
        return answer["returnValue"]?["string"]?.GetValue<string>();
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _host.StopAsync();
        await ((IAsyncDisposable)_host).DisposeAsync();
    }

    private static IHostBuilder HostBuilderOf(FunctionsApplicationBuilder builder) =>
        (IHostBuilder)typeof(FunctionsApplicationBuilder).GetProperty("HostBuilder", BindingFlags.Instance | BindingFlags.NonPublic)!.GetValue(builder)!;

    private string IdOf(string name) => _functions.Single(f => f.Name == name).FunctionId!;

    /// <summary>The function with the longest route that the path begins with.</summary>
    private string FunctionOf(string path) => _functions
        .Select(f => (f.FunctionId, Route: f.RawBindings!.Select(b => JsonNode.Parse(b)!["route"]?.GetValue<string>()).FirstOrDefault(r => r is not null)))
        .Where(f => f.Route is not null && path.StartsWith("/" + f.Route.Split("/{")[0].Replace("{*path}", "", StringComparison.Ordinal), StringComparison.Ordinal))
        .MaxBy(f => f.Route!.Length).FunctionId!;
}
