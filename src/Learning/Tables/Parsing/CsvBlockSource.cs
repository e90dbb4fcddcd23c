using System.Buffers;

namespace MlOps.Learning.Tables.Parsing;

/// <summary>
/// Cuts a stream into blocks of whole rows. Two blocks take turns, so that one is filled while the other is parsed.
/// Blocks depend on the bytes alone, never on how the stream hands them out.
/// </summary>
internal sealed class CsvBlockSource(Stream stream, CsvOptions options, TableProblems problems) : IDisposable
{
    private readonly CsvTokenizer _tokenizer = new(options.Delimiter, problems);
    private readonly CsvBlock[] _blocks = [new(), new()];
    private int _turn;
    private CsvBlock? _current;

    /// <summary>Bytes up to the end of the header, once it is read.</summary>
    public int HeaderBytes { get; private set; }

    /// <summary>Lines of them.</summary>
    public long HeaderLines { get; private set; }

    /// <summary>Reads the header; the rest of its block is the first of <see cref="NextAsync"/>.</summary>
    public async Task<IReadOnlyList<string>> ReadHeaderAsync(CancellationToken cancellationToken)
    {
        CsvBlock block = _blocks[0];
        await FillAsync(block, 0, options.BlockBytes, cancellationToken);
        FileSignature.ThrowIfNotText(block.Bytes);
        block.Start = block.Bytes.StartsWith("\uFEFF"u8) ? 3 : 0;
        if (options.Names is { } names)
            return WithoutHeader(block, names);
        while (true)
        {
            _tokenizer.TokenizeHeader(block);
            problems.ThrowIfAny();
            if (block.Rows == 1 || block.IsLast)
                break;
            await GrowAsync(block, cancellationToken);
        }

        _current = block;
        _tokenizer.Names = CsvHeader.Names(block, options.Delimiter);
        HeaderLines = block.LineAt(block.Consumed) - 1;
        block.StartLine = 1 + HeaderLines + options.LinesLeftOut;
        HeaderBytes = block.Start = block.Consumed;
        return _tokenizer.Names;
    }

    private IReadOnlyList<string> WithoutHeader(CsvBlock block, IReadOnlyList<string> names)
    {
        _current = block;
        block.Columns = names.Count;
        return _tokenizer.Names = names;
    }

    /// <summary>The next block that has rows, tokenised, or null at the end. It lasts until the call after the next.</summary>
    public async Task<CsvBlock?> NextAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            CsvBlock? block = await AdvanceAsync(cancellationToken);
            if (block is null || problems.IsFull)
                return null;
            if (block.Rows > 0)
                return block;
        }
    }

    public void Dispose()
    {
        foreach (CsvBlock block in _blocks)
        {
            if (block.Buffer.Length > 0)
                ArrayPool<byte>.Shared.Return(block.Buffer);
            block.Buffer = [];
        }
    }

    private async Task<CsvBlock?> AdvanceAsync(CancellationToken cancellationToken)
    {
        CsvBlock current = _current!;
        if (_turn++ > 0)
        {
            if (current.IsLast)
                return null;
            current = await FollowAsync(current, cancellationToken);
        }

        _tokenizer.Tokenize(current);
        while (current.Consumed == current.Start && !current.IsLast)
        {
            await GrowAsync(current, cancellationToken);
            _tokenizer.Tokenize(current);
        }

        return _current = current;
    }

    /// <summary>
    /// Fills the other block with what <paramref name="before"/> left over, and on. One without rows was given to nobody and follows itself:
    /// of the other the rows may just be read.
    /// </summary>
    private async Task<CsvBlock> FollowAsync(CsvBlock before, CancellationToken cancellationToken)
    {
        CsvBlock block = before.Rows == 0 ? before : before == _blocks[0] ? _blocks[1] : _blocks[0];
        int carry = before.Length - before.Consumed;
        int size = Math.Max(options.BlockBytes, carry * 2);
        (long offset, long line) = (before.Offset + before.Consumed, before.LineAt(before.Consumed));
        if (block != before)
            EnsureBuffer(block, size, 0);
        before.Buffer.AsSpan(before.Consumed, carry).CopyTo(block.Buffer);
        block.Columns = before.Columns;
        block.Offset = offset;
        block.StartLine = line;
        block.Start = 0;
        await FillAsync(block, carry, size, cancellationToken);
        return block;
    }

    /// <summary>One row is longer than the block: makes it larger, to a limit.</summary>
    private async Task GrowAsync(CsvBlock block, CancellationToken cancellationToken)
    {
        if (block.Length - block.Start >= options.MaxRowBytes)
        {
            throw MlOpsException.Invalid("csv-row-too-large",
                $"line {block.StartLine}: the row that begins here is longer than {options.MaxRowBytes:N0} bytes; is a quote in it never closed? Otherwise raise MaxRowBytes");
        }

        await FillAsync(block, block.Length, block.Length * 2, cancellationToken);
    }

    /// <summary>Reads until the block has <paramref name="size"/> bytes or the file ends.</summary>
    private async Task FillAsync(CsvBlock block, int kept, int size, CancellationToken cancellationToken)
    {
        EnsureBuffer(block, size, kept);
        int room = size - kept;
        int read = await stream.ReadAtLeastAsync(block.Buffer.AsMemory(kept, room), room, throwOnEndOfStream: false, cancellationToken);
        block.IsLast = read < room;
        block.Length = kept + read;
        if (block.IsLast && block.Length > 0 && block.Buffer[block.Length - 1] is not ((byte)'\n' or (byte)'\r'))
            block.Buffer[block.Length++] = (byte)'\n';
    }

    private static void EnsureBuffer(CsvBlock block, int size, int kept)
    {
        int needed = size + CsvBlock.Padding + 1;
        if (block.Buffer.Length >= needed)
            return;
        byte[] larger = ArrayPool<byte>.Shared.Rent(needed);
        block.Buffer.AsSpan(0, kept).CopyTo(larger);
        if (block.Buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(block.Buffer);
        block.Buffer = larger;
    }
}
