using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MlOps.Bench.Tracking;

/// <summary>
/// A client that takes next to nothing itself: one connection that stays open, written and read on the caller's thread. The server shares the
/// machine with it, and calls that wait for each other would pay for each thread of the client that is woken between them.
/// </summary>
internal sealed class PlainConnection : IDisposable
{
    private static readonly byte[] EndOfHead = "\r\n\r\n"u8.ToArray();

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _answer = new byte[64 << 10];
    private readonly string _host;

    public PlainConnection(string url)
    {
        var address = new Uri(url);
        _host = address.Authority;
        _socket.Connect(IPAddress.Parse(address.Host), address.Port);
    }

    /// <summary>Posts JSON and reads the answer, which must be 200 and say its length.</summary>
    public void Post(string path, string json)
    {
        _socket.Send(Encoding.UTF8.GetBytes($"POST {path} HTTP/1.1\r\nHost: {_host}\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(json)}\r\n\r\n{json}"));
        int length = 0, end = 0;
        while (end == 0 || length < end)
        {
            int read = _socket.Receive(_answer.AsSpan(length));
            if (read == 0)
                throw new IOException("the server closed the connection");
            length += read;
            end = EndOf(_answer.AsSpan(0, length));
        }

        if (!_answer.AsSpan(0, length).StartsWith("HTTP/1.1 200"u8))
            throw new HttpRequestException(Encoding.UTF8.GetString(_answer, 0, length));
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>Where the answer ends; 0 when that cannot be seen yet.</summary>
    private static int EndOf(ReadOnlySpan<byte> answer)
    {
        int head = answer.IndexOf(EndOfHead);
        if (head < 0)
            return 0;
        foreach (string line in Encoding.ASCII.GetString(answer[..head]).Split("\r\n"))
        {
            if (line.StartsWith("content-length:", StringComparison.OrdinalIgnoreCase))
                return head + EndOfHead.Length + int.Parse(line.AsSpan("content-length:".Length), System.Globalization.CultureInfo.InvariantCulture);
        }

        throw new InvalidDataException("an answer without Content-Length");
    }
}
