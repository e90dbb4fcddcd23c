using System.Buffers;
using System.IO.Compression;
using System.Text.Json;

namespace MlOps.Domain.Serving.Log;

/// <summary>Reads a segment line by line: the front of each, and the whole of those that are wanted. Not thread-safe.</summary>
public sealed class SegmentReader(Stream segment, string path) : IAsyncDisposable
{
    /// <summary>Some hundred lines: whoever reads many lets others in between.</summary>
    private const int FileBuffer = 16 << 10;

    private readonly GZipStream _zip = new(new BufferedStream(segment, FileBuffer), CompressionMode.Decompress);
    private readonly RowParser _rows = new();
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(FileBuffer);
    private int _line;
    private int _lineEnd;
    private int _next;
    private int _end;
    private int _number;

    /// <summary>Of the present line.</summary>
    public RowHead Head { get; private set; }

    private ReadOnlyMemory<byte> Line => _buffer.AsMemory(_line, _lineEnd - _line);

    /// <returns>False at the end.</returns>
    /// <exception cref="MlOpsException">Unavailable <c>prediction-segment-damaged</c>.</exception>
    public async ValueTask<bool> NextAsync(CancellationToken cancellationToken)
    {
        _number++;
        try
        {
            if (!FindLine() && !await ReadLineAsync(cancellationToken))
                return false;
            Head = RowHead.Parse(Line.Span);
            return true;
        }
        catch (Exception e) when (IsDamage(e))
        {
            throw Damaged(e);
        }
    }

    /// <summary>The present line, read whole.</summary>
    /// <inheritdoc cref="NextAsync" path="/exception"/>
    public LoggedPrediction Row()
    {
        try
        {
            return _rows.Read(Line.Span, Head);
        }
        catch (Exception e) when (IsDamage(e))
        {
            throw Damaged(e);
        }
    }

    /// <summary>The share of requests that was logged when the present row was.</summary>
    public double Share() => Line.Span.IndexOf("\"sample\":"u8) < 0 ? 1 : Row().Sample;

    public async ValueTask DisposeAsync()
    {
        await _zip.DisposeAsync();
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private bool FindLine()
    {
        int length = _buffer.AsSpan(_next, _end - _next).IndexOf((byte)'\n');
        if (length < 0)
            return false;
        (_line, _lineEnd, _next) = (_next, _next + length, _next + length + 1);
        return true;
    }

    private async ValueTask<bool> ReadLineAsync(CancellationToken cancellationToken)
    {
        do
        {
            Make(room: FileBuffer);
            int read = await _zip.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
            if (read == 0)
                return Last();
            _end += read;
        }
        while (!FindLine());
        return true;
    }

    /// <summary>What stands behind the last line's end.</summary>
    private bool Last()
    {
        (_line, _lineEnd, _next) = (_next, _end, _end);
        return _line < _lineEnd;
    }

    private void Make(int room)
    {
        byte[] larger = _buffer;
        int left = _end - _next;
        if (left + room > _buffer.Length)
            larger = ArrayPool<byte>.Shared.Rent(2 * _buffer.Length);
        _buffer.AsSpan(_next, left).CopyTo(larger);
        if (larger != _buffer)
            ArrayPool<byte>.Shared.Return(_buffer);
        (_buffer, _next, _end) = (larger, 0, left);
    }

    private static bool IsDamage(Exception e) => e is JsonException or InvalidDataException or KeyNotFoundException or InvalidOperationException or FormatException;

    private MlOpsException Damaged(Exception e) => new(
        ErrorKind.Unavailable, "prediction-segment-damaged",
        $"prediction segment '{path}' is damaged at line {_number}: {e.Message}; restore it from a backup, or delete it to go on without its records", e);
}
