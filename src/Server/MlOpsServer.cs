using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MlOps.Api;
using MlOps.Domain;
using MlOps.Embedded;
using MlOps.Server.Direct;

namespace MlOps.Server;

/// <summary>The embedded host: one process that owns a data directory, runs its workflows and timers, and serves the HTTP API.</summary>
public sealed class MlOpsServer : IAsyncDisposable
{
    private readonly ServerOptions _options;
    private readonly DataDirectoryLock _lock;
    private readonly LocalConnections _local;
    private readonly EmbeddedPlatform _embedded;
    private readonly WebApplication _web;
    private readonly BackgroundLoop? _loop;

    private MlOpsServer(ServerOptions options, DataDirectoryLock held, LocalConnections local, EmbeddedPlatform embedded, WebApplication web)
    {
        _options = options;
        _lock = held;
        _local = local;
        _embedded = embedded;
        _web = web;
        _loop = options.Timers ? new BackgroundLoop(embedded.Platform, options, web.Services.GetRequiredService<ILoggerFactory>()) : null;
    }

    public Platform Platform => _embedded.Platform;

    /// <summary>The TCP addresses listened on, with the ports that were taken.</summary>
    public IReadOnlyList<string> Urls => KestrelListener.TcpUrls(_web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses);

    /// <summary>
    /// Starts, or throws: the stores are opened (and made when they do not exist), what may be bound is checked and the ports are
    /// taken before any workflow goes on.
    /// </summary>
    /// <exception cref="MlOpsException">Unavailable <c>data-directory-busy</c>; Refused <c>binding-open</c>; Invalid <c>binding-url</c>; Unavailable <c>binding-busy</c>.</exception>
    public static Task<MlOpsServer> StartAsync(ServerOptions options, CancellationToken cancellationToken) =>
        StartAsync(options, DataDirectoryLock.Take(options.Data), cancellationToken);

    /// <summary>Starts, or returns null when another process serves the directory already.</summary>
    public static async Task<MlOpsServer?> TryStartAsync(ServerOptions options, CancellationToken cancellationToken) =>
        DataDirectoryLock.TryTake(options.Data) is { } held ? await StartAsync(options, held, cancellationToken) : null;

    /// <summary>Cancelled when another process may serve the stores now; nothing is answered any more.</summary>
    public CancellationToken Lost => _embedded.Lost;

    /// <exception cref="MlOpsException">Unavailable <c>storage-lost</c>: another process may serve the stores now.</exception>
    public void CheckHeld()
    {
        if (_embedded.Lost.IsCancellationRequested)
            throw MlOpsException.Unavailable("storage-lost", "the storage did not confirm that this process alone may use it; what was under way goes on at the next start");
    }

    /// <summary>Returns when the token is cancelled.</summary>
    /// <inheritdoc cref="CheckHeld" path="/exception"/>
    public async Task WaitForStopAsync(CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _embedded.Lost);
        await _web.WaitForShutdownAsync(either.Token);
        CheckHeld();
    }

    /// <summary>Answers what is being asked on the local socket, stops workflows so that they can go on later, and gives the directory free.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!Lost.IsCancellationRequested)
            await _local.DrainAsync(_options.Drain, TimeProvider.System);
        if (_loop is not null)
            await _loop.DisposeAsync();
        await _web.StopAsync();
        await _embedded.DisposeAsync();
        await _web.DisposeAsync();
        File.Delete(_options.Data.Socket);
        File.Delete(_options.Data.Announcement);
        _lock.Dispose();
    }

    private static async Task<MlOpsServer> StartAsync(ServerOptions options, DataDirectoryLock held, CancellationToken cancellationToken)
    {
        PoolWatch.Start();
        using var sockets = new ListenSockets();
        var local = new LocalConnections();
        var direct = new DirectRoutes();
        WebApplication? web = null;
        IHostStores? stores = null;
        EmbeddedPlatform? embedded = null;
        MlOpsServer? server = null;
        try
        {
            web = Builder(options, local, sockets, direct).Build();
            ILoggerFactory logs = web.Services.GetRequiredService<ILoggerFactory>();
            stores = await StoresAsync(options, cancellationToken);
            embedded = new EmbeddedPlatform(stores, options.Trainers, options.Time, logs, modelMemory: options.ModelMemory, modelIdle: options.ModelIdle);
            BindingPolicy.Check(options.Urls, await embedded.Platform.Access.AnyAsync(cancellationToken));
            sockets.Bind(options.Urls);
            web.MapMlOpsApi(embedded.Platform, ApiOptionsOf(options), direct);
            server = new MlOpsServer(options, held, local, embedded, web);
            await server.RunAsync(cancellationToken);
            return server;
        }
        catch when (server is null)
        {
            if (embedded is not null)
                await embedded.DisposeAsync();
            else if (stores is not null)
                await stores.DisposeAsync();
            if (web is not null)
                await web.DisposeAsync();
            held.Dispose();
            throw;
        }
        catch
        {
            await server!.DisposeAsync();
            throw;
        }
    }

    private static async Task<IHostStores> StoresAsync(ServerOptions options, CancellationToken cancellationToken) => options.OpenStores is { } open
        ? await open(cancellationToken)
        : await LocalStores.OpenAsync(options.Data.Database, options.Data.Blobs, options.Time, cancellationToken);

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        await _embedded.StartAsync(cancellationToken);
        try
        {
            await _web.StartAsync(cancellationToken);
        }
        catch (IOException e)
        {
            throw new MlOpsException(ErrorKind.Unavailable, "binding-busy", $"cannot listen: {e.Message} Choose another port with --urls.", e);
        }

        _loop?.Start();
        _options.Data.Announce(Urls);
    }

    private static ApiOptions ApiOptionsOf(ServerOptions options) => new()
    {
        MaxRequestBytes = options.MaxRequestBytes,
        MaxUploadBytes = options.MaxUploadBytes,
        OpenOnLoopback = options.Urls.All(BindingPolicy.IsLoopback),
        DefaultModel = options.DefaultModel,
        MlflowUi = options.MlflowUi,
        Version = EmbeddedPlatform.CodeVersion,
    };

    private static WebApplicationBuilder Builder(ServerOptions options, LocalConnections local, ListenSockets sockets, DirectRoutes direct)
    {
        // Nothing that is not asked for: the other builders watch files for settings that we do not have, and look at each request's host.
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore();
        DirectServer.Register(builder.Services, direct);
        var http2 = new Http2Handover();
        builder.WebHost.ConfigureKestrel(kestrel => KestrelListener.Configure(kestrel, options, local, http2));
        builder.WebHost.UseSockets(transport =>
        {
            transport.CreateBoundListenSocket = sockets.Take;
            transport.UnsafePreferInlineScheduling = options.SharesThread;
        });
        builder.Services.AddSingleton<IConnectionListenerFactory>(http2);
        Configure(builder.Logging, options);

        // Ctrl-C belongs to the caller: it cancels the token given to WaitForStopAsync.
        builder.Services.AddSingleton<IHostLifetime, CallerLifetime>();
        return builder;
    }

    private static void Configure(ILoggingBuilder logging, ServerOptions options)
    {
        logging.ClearProviders();
        if (!options.Log)
            return;
        logging.AddSimpleConsole(console => console.SingleLine = true);
        logging.SetMinimumLevel(LogLevel.Information);
        logging.AddFilter("Microsoft", LogLevel.Warning);

        // It says nothing at these levels, but while anything might listen it makes an activity and a scope for every request.
        logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
    }

    private sealed class CallerLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
