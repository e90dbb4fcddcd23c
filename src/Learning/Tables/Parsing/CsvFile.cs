namespace MlOps.Learning.Tables.Parsing;

/// <summary>Passes a CSV stream block by block to the readers of its columns, the next block being read meanwhile.</summary>
internal sealed class CsvFile(Stream stream, CsvOptions options)
{
    /// <summary>Fields that room is made for on the first block's word alone: at 8 bytes, 256 MB. Beyond, columns grow by doubling.</summary>
    private const int MostExpectedFields = 32 << 20;

    private readonly TableProblems _problems = new(options.MaxProblems);
    private ColumnReader[]? _readers;

    public async Task<Table> ReadAsync(CancellationToken cancellationToken)
    {
        long origin = stream.Position;
        await PassAsync(cancellationToken);
        if (_readers!.Any(r => r.IsBroken))
        {
            foreach (ColumnReader reader in _readers!)
                reader.ReadAgain();
            stream.Position = origin;
            await PassAsync(cancellationToken);
        }

        return new Table([.. _readers!.Select(r => r.Build())]);
    }

    private async Task PassAsync(CancellationToken cancellationToken)
    {
        using var source = new CsvBlockSource(stream, options, _problems);
        IReadOnlyList<string> names = await source.ReadHeaderAsync(cancellationToken);
        _readers ??= ColumnPlan.Readers(names, options);
        CsvBlock? first = await source.NextAsync(cancellationToken);
        int expectedRows = first is null ? 0 : ExpectedRows(first);
        await CsvPass.RunAsync(source, first, block => Read(block, names, expectedRows, cancellationToken), cancellationToken);
        TableProblems.ThrowIfAny([_problems, .. _readers.Select(r => r.Problems)], options.MaxProblems);
    }

    private bool Read(CsvBlock block, IReadOnlyList<string> names, int expectedRows, CancellationToken cancellationToken)
    {
        Utf8Check.Check(block, names, _problems);
        Parse(block, expectedRows, cancellationToken);
        return !HasEnoughProblems;
    }

    private bool HasEnoughProblems => _problems.IsFull || _readers!.Any(r => r.Problems.IsFull);

    private void Parse(CsvBlock block, int expectedRows, CancellationToken cancellationToken)
    {
        int workers = Math.Min(options.Workers, _readers!.Length);
        if (workers == 1)
            ColumnReader.ReadAll(_readers, block, expectedRows);
        else
            Parallel.For(0, workers, new ParallelOptions { CancellationToken = cancellationToken }, w => ColumnReader.ReadAll(Share(w, workers), block, expectedRows));
    }

    /// <summary>Neighbours go to different workers: columns of one kind often stand together.</summary>
    private IReadOnlyList<ColumnReader> Share(int worker, int workers) => [.. _readers!.Where((_, c) => c % workers == worker)];

    private int ExpectedRows(CsvBlock block)
    {
        if (stream is RewindableStream)
            return block.Rows;
        double blocks = (stream.Length - stream.Position + block.Length) / (double)(block.Consumed - block.Start);
        return (int)Math.Min(MostExpectedFields / Math.Max(1, _readers!.Length), (block.Rows * blocks * 1.02) + 16);
    }
}
