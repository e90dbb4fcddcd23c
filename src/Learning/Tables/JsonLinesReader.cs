using System.Runtime.CompilerServices;
using MlOps.Learning.Tables.Parsing;

namespace MlOps.Learning.Tables;

/// <summary>
/// Reads JSON Lines: one flat object a line, UTF-8. The columns are all keys that occur, in order of first appearance; an absent
/// key and <c>null</c> are missing. JSON numbers and booleans make number and boolean columns, strings timestamps (ISO 8601),
/// categories or text; a column of mixed kinds is text. Problems are reported at once, with their lines, as
/// <see cref="MlOpsException"/> Invalid: <c>jsonl-empty</c>, <c>jsonl-syntax</c>, <c>jsonl-nested</c>, <c>jsonl-duplicate-key</c>,
/// <c>jsonl-utf8</c>, <c>jsonl-value</c>, <c>jsonl-new-key</c>, <c>jsonl-row-too-large</c>, <c>file-not-text</c>,
/// <c>table-columns-absent</c>; <c>table-invalid</c> when they differ.
/// </summary>
public static class JsonLinesReader
{
    /// <summary>Reads the whole file; types that are not given are inferred from every value.</summary>
    /// <remarks>A stream that cannot seek is kept in memory meanwhile, since widening a column takes a second pass.</remarks>
    public static async Task<Table> ReadAsync(Stream stream, JsonLinesOptions options, CancellationToken cancellationToken)
    {
        options.CheckLimits();
        Stream input = stream.CanSeek ? stream : new RewindableStream(stream);
        long origin = input.Position;
        var rows = new JsonRows(options, null);
        await PassAsync(input, rows, options, cancellationToken);
        if (rows.ReadAgain())
        {
            input.Position = origin;
            await PassAsync(input, rows, options, cancellationToken);
        }

        ColumnPlan.ThrowIfAbsent(options.Types.Keys, rows.Names);
        return rows.Build();
    }

    /// <summary>Reads the file in batches of about <see cref="TableReadOptions.BlockBytes"/>, with memory for one.</summary>
    /// <param name="schema">
    /// The columns to read, with their types; other keys are skipped. Null: the keys and types of the first batch; later keys
    /// and values of other types are errors.
    /// </param>
    public static async IAsyncEnumerable<Table> ReadBatchesAsync(
        Stream stream, JsonLinesOptions options, TableSchema? schema, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        options.CheckLimits();
        bool closed = schema is null;
        using var source = new LineSource(stream, options);
        TableSchema? known = schema;
        while (await source.NextAsync(cancellationToken))
        {
            var rows = new JsonRows(options, known) { RefusesNewKeys = closed && known is not null };
            rows.Add(source);
            rows.ThrowIfAny();
            if (rows.ReadAgain())
                rows.Add(source);
            Table batch = rows.Build();
            known ??= batch.Schema;
            if (batch.RowCount > 0)
                yield return batch;
        }
    }

    private static async Task PassAsync(Stream stream, JsonRows rows, JsonLinesOptions options, CancellationToken cancellationToken)
    {
        using var source = new LineSource(stream, options);
        while (!rows.HasEnoughProblems && await source.NextAsync(cancellationToken))
            rows.Add(source);
        rows.ThrowIfAny();
        if (rows.Count == 0)
            throw MlOpsException.Invalid("jsonl-empty", "the file is empty; expected one JSON object a line");
    }
}
