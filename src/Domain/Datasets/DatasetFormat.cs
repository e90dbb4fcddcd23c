using MlOps.Learning.Tables;

namespace MlOps.Domain.Datasets;

/// <summary>The format of a version's bytes. Its name is <c>csv</c> or <c>jsonl</c>.</summary>
internal sealed record DatasetFormat(string Name, char Delimiter)
{
    private const string Csv = "csv";
    private const string JsonLines = "jsonl";

    public static DatasetFormat Of(DatasetAddOptions options)
    {
        string ending = Path.GetExtension(options.Source).ToLowerInvariant();
        string name = options.Format ?? (ending is ".jsonl" or ".ndjson" ? JsonLines : Csv);
        if (name is not (Csv or JsonLines))
            throw MlOpsException.Invalid("dataset-format", $"format '{name}' is unknown; use {Csv} or {JsonLines}");
        return new DatasetFormat(name, options.Delimiter ?? (ending == ".tsv" ? '\t' : ','));
    }

    public Task<Table> ReadAsync(Stream stream, IReadOnlyDictionary<string, ColumnType> types, CancellationToken cancellationToken) => Name == Csv
        ? CsvReader.ReadAsync(stream, new CsvOptions { Delimiter = Delimiter, Types = types }, cancellationToken)
        : JsonLinesReader.ReadAsync(stream, new JsonLinesOptions { Types = types }, cancellationToken);

    public Task<FileCut> CutAsync(Stream stream, int rows, CancellationToken cancellationToken) => Name == Csv
        ? FileCutter.CutCsvAsync(stream, new CsvOptions { Delimiter = Delimiter }, rows, cancellationToken)
        : FileCutter.CutJsonLinesAsync(stream, JsonLinesOptions.Default, rows, cancellationToken);

    /// <param name="linesLeftOut">See <see cref="TableReadOptions.LinesLeftOut"/>.</param>
    public IAsyncEnumerable<Table> ReadBatchesAsync(Stream stream, TableSchema columns, long linesLeftOut, CancellationToken cancellationToken) => Name == Csv
        ? CsvReader.ReadBatchesAsync(stream, new CsvOptions { Delimiter = Delimiter, LinesLeftOut = linesLeftOut }, columns, cancellationToken)
        : JsonLinesReader.ReadBatchesAsync(stream, new JsonLinesOptions { LinesLeftOut = linesLeftOut }, columns, cancellationToken);
}
