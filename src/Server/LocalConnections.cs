using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using MlOps.Api;

namespace MlOps.Server;

/// <summary>The owner's end of <see cref="LocalSocket"/>: trusts, greets and counts connections, and lets them end before it goes.</summary>
internal sealed class LocalConnections
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(10);

    private readonly Lock _gate = new();
    private int _open;
    private bool _closed;

    public void Configure(ListenOptions listen) => listen.Use(next => connection => ServeAsync(next, connection));

    /// <summary>Waits for a moment without connections, for a while at most; from then on nobody is greeted.</summary>
    public async Task DrainAsync(TimeSpan atMost, TimeProvider time)
    {
        long start = time.GetTimestamp();
        while (!TryClose(force: time.GetElapsedTime(start) >= atMost))
            await Task.Delay(Beat, time);
    }

    private async Task ServeAsync(ConnectionDelegate next, ConnectionContext connection)
    {
        if (!TryEnter())
            return;
        try
        {
            connection.Features.Set(TrustedConnection.Instance);
            await connection.Transport.Output.WriteAsync(LocalSocket.Greeting, connection.ConnectionClosed);
            await next(connection);
        }
        finally
        {
            lock (_gate)
                _open--;
        }
    }

    private bool TryEnter()
    {
        lock (_gate)
        {
            if (!_closed)
                _open++;
            return !_closed;
        }
    }

    private bool TryClose(bool force)
    {
        lock (_gate)
            return _closed = force || _open == 0;
    }
}
