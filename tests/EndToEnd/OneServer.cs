using MlOps.Contracts;
using MlOps.Server;

namespace MlOps.EndToEnd;

/// <summary>A server on a fresh data directory and a free port.</summary>
public sealed class OneServer : IAsyncLifetime, IAsyncDisposable
{
    private readonly TempDirectory _folder = new();
    private Task? _stopped;

    public MlOpsServer Server { get; private set; } = null!;

    public async Task InitializeAsync() =>
        Server = await MlOpsServer.StartAsync(new ServerOptions { Data = new DataDirectory(_folder["data"]), Urls = ["http://127.0.0.1:0"], Timers = false }, default);

    public Task StopAsync() => _stopped ??= Server.DisposeAsync().AsTask();

    public async Task DisposeAsync()
    {
        await StopAsync();
        _folder.Dispose();
    }

    ValueTask IAsyncDisposable.DisposeAsync() => new(DisposeAsync());
}
