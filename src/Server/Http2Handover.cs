using System.Buffers;
using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using MlOps.Server.Direct;

namespace MlOps.Server;

/// <summary>
/// HTTP/2 on the ports that speak HTTP/1.1, without TLS and by prior knowledge (RFC 9113 section 3.3). Kestrel takes a connection without
/// TLS for HTTP/1.1 (dotnet/aspnetcore issue 56984), so one that begins with the preface of HTTP/2 is handed to a listener that speaks
/// nothing else and has no port: it accepts what it is handed.
/// </summary>
internal sealed class Http2Handover : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    private static readonly byte[] Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray();

    private readonly Channel<HandedConnection> _handed = Channel.CreateUnbounded<HandedConnection>();
    private readonly HandoverEndPoint _endPoint = new();
    private TimeSpan _patience;

    /// <summary>Makes Kestrel take what is handed over.</summary>
    public void Listen(KestrelServerOptions kestrel)
    {
        _patience = kestrel.Limits.KeepAliveTimeout;
        kestrel.Listen(_endPoint, listen => listen.Protocols = HttpProtocols.Http2);
    }

    /// <summary>Makes a listener hand over connections that begin as HTTP/2.</summary>
    public void Configure(ListenOptions listen)
    {
        listen.Protocols = HttpProtocols.Http1;
        listen.Use(next => connection => ServeAsync(next, connection));
    }

    /// <summary>Whether an address of Kestrel's is that of the listener without a port.</summary>
    public static bool IsAddress(string address) => address.EndsWith(HandoverEndPoint.Name, StringComparison.Ordinal);

    public bool CanBind(EndPoint endpoint) => endpoint == _endPoint;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<IConnectionListener>(new Listener(_handed, endpoint));

    private async Task ServeAsync(ConnectionDelegate next, ConnectionContext connection)
    {
        if (await BeginsAsHttp2Async(connection) is not { } http2)
            return;
        if (!http2)
            await next(connection);
        else
            await HandOverAsync(connection);
    }

    private async Task HandOverAsync(ConnectionContext connection)
    {
        SharedThread.Forget(connection);
        var handed = new HandedConnection(connection);
        if (_handed.Writer.TryWrite(handed))
            await handed.Ended;
    }

    /// <summary>Null when the connection ends, or the server stops, before it is told.</summary>
    private async Task<bool?> BeginsAsHttp2Async(ConnectionContext connection)
    {
        CancellationToken stopping = connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? default;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(connection.ConnectionClosed, stopping);
        patience.CancelAfter(_patience);
        try
        {
            while (true)
            {
                System.IO.Pipelines.ReadResult read = await connection.Transport.Input.ReadAsync(patience.Token);
                bool? http2 = IsPreface(read.Buffer) ?? (read.IsCompleted ? false : null);
                // What is read stays for who serves the connection; only while it is undecided more is waited for.
                connection.Transport.Input.AdvanceTo(read.Buffer.Start, http2 is null ? read.Buffer.End : read.Buffer.Start);
                if (http2 is not null)
                    return http2;
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or ConnectionAbortedException)
        {
            return null;
        }
    }

    private static bool? IsPreface(ReadOnlySequence<byte> read)
    {
        Span<byte> start = stackalloc byte[Preface.Length];
        int length = (int)Math.Min(read.Length, start.Length);
        read.Slice(0, length).CopyTo(start);
        return !start[..length].SequenceEqual(Preface.AsSpan(0, length)) ? false : length == Preface.Length ? true : null;
    }

    private sealed class HandoverEndPoint : EndPoint
    {
        public const string Name = "http2-without-tls";

        public override string ToString() => Name;
    }

    private sealed class Listener(Channel<HandedConnection> handed, EndPoint endPoint) : IConnectionListener
    {
        public EndPoint EndPoint => endPoint;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default) =>
            await handed.Reader.WaitToReadAsync(cancellationToken) && handed.Reader.TryRead(out HandedConnection? connection) ? connection : null;

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            handed.Writer.TryComplete();
            return ValueTask.CompletedTask;
        }

        public async ValueTask DisposeAsync()
        {
            handed.Writer.TryComplete();
            while (handed.Reader.TryRead(out HandedConnection? connection))
                await connection.DisposeAsync();
        }
    }
}
