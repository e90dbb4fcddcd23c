using MlOps.Server;

namespace MlOps.Cli.Api;

/// <summary>
/// Reaches the process that owns a data directory, and becomes that process when there is none. Owners come and go: another
/// command may have the lock and no socket yet, or be about to leave, so both ways are tried in turn for a while.
/// </summary>
/// <param name="options">How to own the directory; timers and the inbox stay off.</param>
internal sealed class DirectoryConnection(ServerOptions options) : IAsyncDisposable
{
    /// <summary>An owner that is starting, with a journal to read, on a busy machine.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>How long other commands, which this one hosts for the moment, may take to get their answers.</summary>
    private static readonly TimeSpan Farewell = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(30);

    private readonly ServerOptions _options = options with { Timers = false, Drain = Farewell };

    private readonly CancellationTokenSource _lost = new();

    private MlOpsServer? _own;

    public string Root => _options.Data.Root;

    /// <summary>True once this process is the owner.</summary>
    public bool IsOwn => _own is not null;

    /// <summary>Cancelled when this process is the owner and may be it no longer.</summary>
    public CancellationToken Lost => _lost.Token;

    /// <exception cref="MlOpsException">Unavailable <c>storage-lost</c>.</exception>
    public void CheckHeld() => _own?.CheckHeld();

    /// <summary>A connection on which the owner has said that it will serve it to its end; nothing has been sent on it yet.</summary>
    /// <exception cref="MlOpsException">Unavailable <c>data-directory-busy</c>: the owner does not answer.</exception>
    public async Task<Stream> ConnectAsync(CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience, _options.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            while (true)
            {
                if (_own is null && (_own = await MlOpsServer.TryStartAsync(_options, cancellationToken)) is not null)
                    _own.Lost.Register(_lost.Cancel);
                CheckHeld();
                if (await LocalSocket.TryConnectAsync(SocketPath, either.Token) is { } connected)
                    return connected;
                await Task.Delay(Beat, _options.Time, either.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw MlOpsException.Unavailable("data-directory-busy", $"another process has the data directory {Root} and has not answered for {Patience.TotalSeconds:0} s; wait for it, stop it, or choose another with --data");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_own is not null)
            await _own.DisposeAsync();
        _lost.Dispose();
    }

    /// <summary>The owner may know the directory by another name, or have another temporary directory: it says where it listens.</summary>
    private string SocketPath => _own is null && _options.Data.ReadAnnouncement() is { } owner ? owner.Socket : _options.Data.Socket;
}
