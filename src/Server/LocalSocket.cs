using System.Net.Sockets;
using System.Text;

namespace MlOps.Server;

/// <summary>
/// The socket between the command line and the owner of a data directory. The owner speaks first: a connection that was greeted is
/// served to its end, even by an owner that is about to stop; on one that was not, nothing has been sent, so trying again is safe.
/// The greeting is an interim response (RFC 9110 section 15.2), which any HTTP client skips.
/// </summary>
public static class LocalSocket
{
    internal static ReadOnlyMemory<byte> Greeting { get; } = Encoding.ASCII.GetBytes("HTTP/1.1 100 Continue\r\n\r\n");

    /// <summary>A greeted connection; null when nobody listens there, or its owner is going away.</summary>
    public static async Task<Stream?> TryConnectAsync(string path, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            var stream = new NetworkStream(socket, ownsSocket: true);
            await stream.ReadExactlyAsync(new byte[Greeting.Length], cancellationToken);
            return stream;
        }
        catch (Exception e)
        {
            socket.Dispose();
            if (e is SocketException or IOException)
                return null;
            throw;
        }
    }
}
