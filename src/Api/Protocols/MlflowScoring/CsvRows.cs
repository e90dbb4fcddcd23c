using MlOps.Learning.Tables;

namespace MlOps.Api.Protocols.MlflowScoring;

/// <summary>
/// A CSV body with all its columns as text. What a text means is for the model's signature to say: guessed, the zip code 01234
/// would become the number 1234.
/// </summary>
internal static class CsvRows
{
    public static async Task<Table> ReadAsync(Stream body, CancellationToken cancellationToken)
    {
        using var bytes = new MemoryStream();
        await body.CopyToAsync(bytes, cancellationToken);
        bytes.Position = 0;
        IReadOnlyList<string> names = await NamesAsync(bytes, cancellationToken);
        bytes.Position = 0;
        return await CsvReader.ReadAsync(bytes, CsvOptions.Default with { Types = names.ToDictionary(n => n, _ => ColumnType.Text) }, cancellationToken);
    }

    private static async Task<IReadOnlyList<string>> NamesAsync(Stream csv, CancellationToken cancellationToken)
    {
        await foreach (Table batch in CsvReader.ReadBatchesAsync(csv, CsvOptions.Default, null, cancellationToken))
            return [.. batch.ColumnNames];
        return [];
    }
}
