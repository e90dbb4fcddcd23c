using System.Buffers;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using MlOps.Domain.Datasets;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Batch;

/// <summary>One partition: its rows read, scored and written block by block. Holds a block and a bounded list of rejected rows, whatever the partition's size.</summary>
internal sealed class PartScorer(BatchEntry batch, IModel model, DatasetCatalog datasets, DatasetVersion data, FileCut cut, FileRange range) : IDisposable
{
    /// <summary>Bad rows that a failure names.</summary>
    private const int Shown = 10;

    private readonly RowFitter _fitter = new(model.Signature);
    private readonly PartFormat _format = PartFormat.Of(batch.Request.Format);
    private readonly ArrayBufferWriter<byte> _block = new();
    private readonly RejectedRows _rejected = new();
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _seen;

    /// <summary>Rows scored.</summary>
    public long Rows { get; private set; }

    public long Rejected => _rejected.Count;

    public long Bytes { get; private set; }

    /// <summary>SHA-256 of what was written; to be asked for once, at the end.</summary>
    public string Digest => Convert.ToHexStringLower(_hash.GetHashAndReset());

    /// <summary>The rejected rows as CSV.</summary>
    public Stream RejectedRows() => _rejected.Open();

    /// <summary>The part's bytes. Each chunk lasts until the next is asked for.</summary>
    /// <exception cref="MlOpsException">Invalid <c>batch-rows-unfit</c>: rows that the model cannot score, where they make the batch fail.</exception>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> WriteAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        yield return Counted(_format.Header(PartColumns.Names(batch, model.Signature)));
        await foreach (Table rows in datasets.ReadRangeAsync(data, cut, range, PartColumns.Read(batch, model.Signature, data), cancellationToken))
        {
            _block.ResetWrittenCount();
            Score(rows);
            yield return Counted(_block.WrittenMemory);
        }
    }

    public void Dispose() => _hash.Dispose();

    private void Score(Table rows)
    {
        FittedRows fitted = _fitter.Fit(rows, batch.Request.OnBadRow == BadRowPolicy.Fail ? Shown + 1 : int.MaxValue);
        ScoredRows scored = ScoredRows.Of(model, fitted);
        Reject(scored.Problems);
        _seen += rows.RowCount;
        if (scored.Predictions is not { } predictions)
            return;
        Table kept = scored.Good is { } good ? rows.Take(good) : rows;
        _format.Write(new Table([.. batch.Columns.Select(c => kept[c]), .. PredictionColumns.Of(predictions)], predictions.Count), _block);
        Rows += predictions.Count;
    }

    private void Reject(IReadOnlyList<RowProblem> problems)
    {
        if (problems.Count > 0 && batch.Request.OnBadRow == BadRowPolicy.Fail)
            throw Unfit(problems);
        foreach (RowProblem problem in problems)
            _rejected.Add(NumberOf(problem), problem.Reason);
    }

    private MlOpsException Unfit(IReadOnlyList<RowProblem> problems)
    {
        string more = problems.Count > Shown ? "\n  and more" : "";
        return MlOpsException.Invalid(
            "batch-rows-unfit",
            $"{batch.Dataset} has rows that {batch.Model}/{batch.Version} cannot score; mend them, or leave them out with onBadRow skip (rows are counted from 1):\n"
            + string.Join('\n', problems.Take(Shown).Select(p => $"  row {NumberOf(p)}: {p.Reason}")) + more);
    }

    private long NumberOf(RowProblem problem) => range.FirstRow + _seen + problem.Row + 1;

    private ReadOnlyMemory<byte> Counted(ReadOnlyMemory<byte> chunk)
    {
        _hash.AppendData(chunk.Span);
        Bytes += chunk.Length;
        return chunk;
    }
}

internal static class PartColumns
{
    /// <summary>The columns of a part.</summary>
    public static IReadOnlyList<string> Names(BatchEntry batch, ModelSignature signature) => [.. batch.Columns, .. PredictionColumns.Names(signature)];

    /// <summary>The columns of the data set that are needed for it.</summary>
    public static IReadOnlyList<string> Read(BatchEntry batch, ModelSignature signature, DatasetVersion data) =>
        [.. signature.Inputs.Select(i => i.Name).Where(n => data.Schema.Find(n) is not null).Union(batch.Columns)];
}
