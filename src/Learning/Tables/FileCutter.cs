using MlOps.Learning.Tables.Parsing;

namespace MlOps.Learning.Tables;

/// <summary>
/// Finds where a file can be cut between rows, in one pass with memory for a few blocks. Rows are found as <see cref="CsvReader"/> and
/// <see cref="JsonLinesReader"/> find them (quoted line breaks, blank lines); their values are not read.
/// </summary>
public static class FileCutter
{
    /// <summary>Ranges of <paramref name="rows"/> rows each, the last of what is left.</summary>
    /// <param name="rows">At least 1.</param>
    /// <exception cref="MlOpsException">Invalid: what <see cref="CsvReader"/> reports of headers and rows.</exception>
    public static async Task<FileCut> CutCsvAsync(Stream stream, CsvOptions options, int rows, CancellationToken cancellationToken)
    {
        options.Check();
        var ranges = new RangeList(rows);
        var problems = new TableProblems(options.MaxProblems);
        using var source = new CsvBlockSource(stream, options, problems);
        await source.ReadHeaderAsync(cancellationToken);
        while (await source.NextAsync(cancellationToken) is { } block)
            Add(block, ranges);
        problems.ThrowIfAny();
        return ranges.Cut(source.HeaderBytes, source.HeaderLines);
    }

    /// <inheritdoc cref="CutCsvAsync"/>
    public static async Task<FileCut> CutJsonLinesAsync(Stream stream, JsonLinesOptions options, int rows, CancellationToken cancellationToken)
    {
        options.CheckLimits();
        var ranges = new RangeList(rows);
        using var source = new LineSource(stream, options);
        while (await source.NextAsync(cancellationToken))
            Add(source, ranges);
        return ranges.Cut(0, 0);
    }

    private static void Add(CsvBlock block, RangeList ranges)
    {
        int stride = block.Columns + 1;
        // Lines are counted from the range before: a block may have thousands of ranges.
        (int counted, long line) = (block.Start, block.StartLine);
        for (long row = ranges.Next; row < ranges.Rows + block.Rows; row = ranges.Next)
        {
            int start = block.Ends[(int)(row - ranges.Rows) * stride] + 1;
            (counted, line) = (start, line + LineCounter.Count(block.Buffer.AsSpan(counted..start)));
            ranges.Begin(row, block.Offset + start, line);
        }

        ranges.Add(block.Rows, block.Offset + block.Consumed);
    }

    private static void Add(LineSource source, RangeList ranges)
    {
        ReadOnlySpan<byte> block = source.Block;
        int start = 0;
        for (long line = source.StartLine; start < block.Length; line++)
        {
            int length = block[start..].IndexOf((byte)'\n') + 1;
            length = length == 0 ? block.Length - start : length;
            if (!JsonRows.IsBlank(block.Slice(start, length), line))
            {
                if (ranges.Rows == ranges.Next)
                    ranges.Begin(ranges.Rows, source.Offset + start, line);
                ranges.Add(1, source.Offset + start + length);
            }

            start += length;
        }
    }

    /// <summary>The ranges so far; the last ends where the rows seen end.</summary>
    private sealed class RangeList(int size)
    {
        private readonly List<FileRange> _ranges = [];
        private long _end;

        public long Rows { get; private set; }

        /// <summary>The row that the next range begins with.</summary>
        public long Next => (long)_ranges.Count * size;

        public void Begin(long row, long offset, long line)
        {
            Close(row, offset);
            _ranges.Add(new FileRange(row, 0, offset, 0, line));
        }

        public void Add(int rows, long end)
        {
            Rows += rows;
            _end = end;
        }

        public FileCut Cut(int headerBytes, long headerLines)
        {
            Close(Rows, _end);
            return new FileCut(Rows, headerBytes, headerLines, _ranges);
        }

        private void Close(long row, long end)
        {
            if (_ranges.Count > 0)
                _ranges[^1] = _ranges[^1] with { Rows = row - _ranges[^1].FirstRow, Length = end - _ranges[^1].Offset };
        }
    }
}
