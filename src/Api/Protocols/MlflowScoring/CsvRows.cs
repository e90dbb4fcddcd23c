using MlOps.Api.Inference;
using MlOps.Domain.Serving;
using MlOps.Learning.Tables;

namespace MlOps.Api.Protocols.MlflowScoring;

/// <summary>
/// A CSV body with all its columns as text. What a text means is for the model's signature to say: guessed, the zip code 01234
/// would become the number 1234. MLflow sends a header, SageMaker's callers mostly none: a first line without the name of any feature is a row.
/// </summary>
internal sealed class CsvRows(Table table) : RequestRows
{
    /// <param name="features">Names in the order of the signature.</param>
    public static async Task<CsvRows> ReadAsync(ReadOnlyMemory<byte> body, IReadOnlyList<string> features, CancellationToken cancellationToken)
    {
        using var csv = new MemoryStream();
        await csv.WriteAsync(body, cancellationToken);
        IReadOnlyList<string> header = body.IsEmpty ? [] : await NamesAsync(csv, cancellationToken) ?? [];
        if (body.IsEmpty || header.Any(features.Contains))
            return new CsvRows(await ReadAsync(csv, header, CsvOptions.Default, cancellationToken));
        try
        {
            return new CsvRows(await ReadAsync(csv, features, CsvOptions.Default with { Names = features }, cancellationToken));
        }
        catch (MlOpsException e)
        {
            throw new MlOpsException(e.Kind, e.Code, $"the first line has the name of no feature, so it was read as a row of {string.Join(',', features.Take(30))}: {e.Message}", e);
        }
    }

    public override Table Bind(RequestBinder binder) => binder.Bind(table);

    private static Task<Table> ReadAsync(MemoryStream csv, IReadOnlyList<string> names, CsvOptions options, CancellationToken cancellationToken)
    {
        csv.Position = 0;
        return CsvReader.ReadAsync(csv, options with { Types = names.ToDictionary(n => n, _ => ColumnType.Text) }, cancellationToken);
    }

    /// <summary>The first line's, or null when it cannot be a header.</summary>
    private static async Task<IReadOnlyList<string>?> NamesAsync(MemoryStream csv, CancellationToken cancellationToken)
    {
        csv.Position = 0;
        try
        {
            await foreach (Table batch in CsvReader.ReadBatchesAsync(csv, CsvOptions.Default, null, cancellationToken))
                return [.. batch.ColumnNames];
            return null;
        }
        catch (MlOpsException e) when (e.Code is "csv-header-empty" or "csv-header-duplicate")
        {
            return null;
        }
    }
}
