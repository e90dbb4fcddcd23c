using System.Runtime.CompilerServices;
using MlOps.Learning.Tables.Parsing;

namespace MlOps.Learning.Tables;

/// <summary>
/// Reads CSV as RFC 4180 describes it, in UTF-8: quoted fields may hold delimiters, line breaks and doubled quotes; lines end with
/// LF, CRLF or CR; a BOM and blank lines are skipped. A quote inside an unquoted field stands for itself.
/// Whatever is wrong with a file is reported at once (up to <see cref="TableReadOptions.MaxProblems"/>) as <see cref="MlOpsException"/>
/// Invalid, with the line and column of each problem: <c>csv-empty</c>, <c>csv-delimiter</c>, <c>csv-header-empty</c>,
/// <c>csv-header-duplicate</c>, <c>csv-ragged-row</c>, <c>csv-unclosed-quote</c>, <c>csv-after-quote</c>, <c>csv-utf8</c>,
/// <c>csv-value</c>, <c>csv-row-too-large</c>, <c>file-not-text</c>, <c>table-columns-absent</c>; <c>table-invalid</c> when they differ.
/// </summary>
public static class CsvReader
{
    /// <summary>
    /// Reads the whole file. Types that are not given are inferred from every value: all numbers make a number column, then
    /// ISO 8601 timestamps, then true/false; anything else is a category, or text where values hardly repeat. 0/1 stay numbers,
    /// Yes/No categories; a column without any value is of numbers.
    /// </summary>
    /// <remarks>A stream that cannot seek is kept in memory meanwhile, since widening a column takes a second pass.</remarks>
    public static Task<Table> ReadAsync(Stream stream, CsvOptions options, CancellationToken cancellationToken)
    {
        options.Check();
        return new CsvFile(stream.CanSeek ? stream : new RewindableStream(stream), options).ReadAsync(cancellationToken);
    }

    /// <summary>
    /// Reads the file in batches of about <see cref="TableReadOptions.BlockBytes"/> with memory for a few of them, however long it is.
    /// A category column's levels are those of its batch.
    /// </summary>
    /// <param name="schema">
    /// The columns to read, with their types, in the order wanted; others of the file are skipped. Null: all columns, with the
    /// types that the first batch suggests. Later values of another type are errors.
    /// </param>
    public static async IAsyncEnumerable<Table> ReadBatchesAsync(
        Stream stream, CsvOptions options, TableSchema? schema, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        options.Check();
        var problems = new TableProblems(options.MaxProblems);
        using var source = new CsvBlockSource(stream, options, problems);
        IReadOnlyList<string> names = await source.ReadHeaderAsync(cancellationToken);
        while (await source.NextAsync(cancellationToken) is { } block)
        {
            ColumnReader[] readers = schema is null ? ColumnPlan.Readers(names, options) : ColumnPlan.Readers(names, options, schema);
            Utf8Check.Check(block, names, problems);
            ColumnReader.ReadAll(readers, block, block.Rows);
            TableProblems.ThrowIfAny([problems, .. readers.Select(r => r.Problems)], options.MaxProblems);
            var batch = new Table([.. readers.Select(r => r.Build())], block.Rows);
            schema ??= batch.Schema;
            yield return batch;
        }

        problems.ThrowIfAny();
    }
}
