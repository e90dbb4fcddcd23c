using System.Buffers;

namespace MlOps.Learning.Tables.Parsing;

/// <summary>Cuts a stream into blocks of whole lines.</summary>
internal sealed class LineSource(Stream stream, TableReadOptions options) : IDisposable
{
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(options.BlockBytes);
    private int _length;
    private int _consumed;
    private bool _isLast;
    private long _lines = 1 + options.LinesLeftOut;

    /// <summary>The number of the block's first line, from 1.</summary>
    public long StartLine { get; private set; } = 1;

    /// <summary>Where in the stream the block begins.</summary>
    public long Offset { get; private set; }

    /// <summary>The whole lines of the current block.</summary>
    public ReadOnlySpan<byte> Block => _buffer.AsSpan(0, _consumed);

    public async Task<bool> NextAsync(CancellationToken cancellationToken)
    {
        bool begins = _length == 0 && !_isLast;
        _buffer.AsSpan(_consumed, _length - _consumed).CopyTo(_buffer);
        _length -= _consumed;
        Offset += _consumed;
        StartLine = _lines;
        _consumed = 0;
        while (_consumed == 0 && !_isLast)
            await FillAsync(cancellationToken);
        if (begins)
            FileSignature.ThrowIfNotText(Block);
        _lines += Block.Count((byte)'\n');
        return _consumed > 0;
    }

    public void Dispose()
    {
        if (_buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private async Task FillAsync(CancellationToken cancellationToken)
    {
        if (_length > options.MaxRowBytes)
            throw MlOpsException.Invalid("jsonl-row-too-large", $"line {StartLine} is longer than {options.MaxRowBytes:N0} bytes; one JSON object a line is expected");
        if (_length > _buffer.Length / 2)
            Grow();
        int room = _buffer.Length - _length;
        int read = await stream.ReadAtLeastAsync(_buffer.AsMemory(_length), room, throwOnEndOfStream: false, cancellationToken);
        _isLast = read < room;
        _length += read;
        _consumed = _isLast ? _length : _buffer.AsSpan(0, _length).LastIndexOf((byte)'\n') + 1;
    }

    private void Grow()
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
        _buffer.AsSpan(0, _length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
