using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace MlOps.Server;

/// <summary>
/// Takes the ports asked for before any workflow goes on, so that a port that is busy stops a start that has done nothing yet.
/// They listen at once, since a port that is only bound may be bound again; callers wait in the system's queue until Kestrel has
/// taken over.
/// </summary>
internal sealed class ListenSockets : IDisposable
{
    private readonly Dictionary<EndPoint, Socket> _bound = [];

    /// <exception cref="MlOpsException">Unavailable <c>binding-busy</c>.</exception>
    public void Bind(IEnumerable<string> urls)
    {
        foreach (string url in urls)
        {
            if (KestrelListener.FixedEndPoint(BindingPolicy.Parse(url)) is { } endPoint && !_bound.ContainsKey(endPoint))
                _bound[endPoint] = Bind(endPoint, url);
        }
    }

    /// <summary>For Kestrel: the socket that was bound for this address, or a new one.</summary>
    public Socket Take(EndPoint endPoint) =>
        _bound.Remove(endPoint, out Socket? socket) ? socket : SocketTransportOptions.CreateDefaultBoundListenSocket(endPoint);

    public void Dispose()
    {
        foreach (Socket socket in _bound.Values)
            socket.Dispose();
    }

    private static Socket Bind(IPEndPoint endPoint, string url)
    {
        Socket? socket = null;
        try
        {
            socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endPoint);
            socket.Listen();
            return socket;
        }
        catch (SocketException e)
        {
            socket?.Dispose();
            throw new MlOpsException(ErrorKind.Unavailable, "binding-busy", $"cannot listen on {url}: {e.Message}; choose another address or port with --urls", e);
        }
    }
}
