using System.Buffers;
using MlOps.Learning.Tables;
using MlOps.Learning.Tables.Parsing;
using MlOps.Learning.Trainers.Boosting;

namespace MlOps.Learning.Trainers.Binned;

/// <summary>
/// Reads a CSV file for training into bins: its lines are counted, a first pass takes the sample that decides the edges, a second one puts
/// every number into its bin as soon as it is read. Whatever is unusual, from a text among numbers to a problem of the file or a file that changes
/// between the passes, ends it.
/// </summary>
internal sealed class BinnedCsv(Stream stream, CsvOptions options, BinRule rule)
{
    private const int CountedBytes = 1 << 20;

    private readonly long _origin = stream.Position;
    private readonly long _length = stream.Length;
    private IReadOnlyList<string>? _names;

    /// <returns>Null: the file is to be read as a whole, which also tells what is wrong with it.</returns>
    public async Task<Table?> ReadAsync(int leastRows, CancellationToken cancellationToken)
    {
        if (await CountLinesAsync(cancellationToken) is not { } rows || rows < leastRows)
            return null;
        BinSample? sample = await SampleAsync(rows, cancellationToken);
        if (sample is not null && sample.RowsSeen != rows)
        {
            // Blank lines, or line breaks within quotes: now the rows are known.
            rows = sample.RowsSeen;
            sample = rows < leastRows ? null : await SampleAsync(rows, cancellationToken);
        }

        if (sample is null || sample.RowsSeen != rows)
            return null;
        (NumberFields Fields, NumberBins Bins)[] columns = sample.Bins(new Workers(options.Threads, cancellationToken));
        return columns.Length == 0 ? null : await BinAsync(columns, rows, cancellationToken);
    }

    private async Task<BinSample?> SampleAsync(int rows, CancellationToken cancellationToken)
    {
        var sample = new BinSample(rule, options, rule.Sample(rows));
        return await PassAsync((names, first) => sample.Begin(names, first) ? sample.Read : null, cancellationToken) ? sample : null;
    }

    private async Task<Table?> BinAsync((NumberFields Fields, NumberBins Bins)[] columns, int rows, CancellationToken cancellationToken)
    {
        if ((long)rows * BinStore.StrideOf(columns.Length) > Array.MaxLength)
            return null;
        var binner = new CsvBinner(options, rule, columns, rows, cancellationToken);
        return await PassAsync((names, _) =>
        {
            binner.Begin(names);
            return binner.Read;
        }, cancellationToken) ? binner.Build() : null;
    }

    /// <param name="begin">Gets the names of the columns and the first block, and gives what reads the blocks; null: nothing does.</param>
    /// <returns>Whether all was read without a problem.</returns>
    private async Task<bool> PassAsync(Func<IReadOnlyList<string>, CsvBlock, Func<CsvBlock, bool>?> begin, CancellationToken cancellationToken)
    {
        stream.Position = _origin;
        var problems = new TableProblems(options.MaxProblems);
        using var source = new CsvBlockSource(stream, options, problems);
        IReadOnlyList<string> names = await source.ReadHeaderAsync(cancellationToken);
        if (!names.SequenceEqual(_names ??= names))
            return false;
        CsvBlock? first = await source.NextAsync(cancellationToken);
        if (first is null || begin(names, first) is not { } read)
            return false;
        bool fits = true;
        await CsvPass.RunAsync(source, first, block => fits = read(block), cancellationToken);
        return fits && !problems.Any && stream.Length == _length;
    }

    /// <summary>Rows, if each is a line; null when there are more than a table holds.</summary>
    private async Task<int?> CountLinesAsync(CancellationToken cancellationToken)
    {
        stream.Position = _origin;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(CountedBytes);
        long lines = options.Names is null ? -1 : 0;
        bool ends = true;
        for (int read; (read = await stream.ReadAsync(buffer.AsMemory(0, CountedBytes), cancellationToken)) > 0;)
        {
            lines += buffer.AsSpan(0, read).Count((byte)'\n');
            ends = buffer[read - 1] == (byte)'\n';
        }

        ArrayPool<byte>.Shared.Return(buffer);
        lines += ends ? 0 : 1;
        return lines is >= 0 and < int.MaxValue ? (int)lines : null;
    }
}
