using System.Security.Cryptography;
using MlOps.Learning.Tables;

namespace MlOps.Domain.Datasets;

/// <summary>One call of <see cref="DatasetCatalog.AddAsync"/>: hash, look up, parse, check, store the blobs, then the row.</summary>
internal sealed class DatasetAddition(DatasetsTable rows, DatasetBlobs blobs, TimeProvider time, string name, DatasetAddOptions options)
{
    private readonly DatasetFormat _format = DatasetFormat.Of(options);

    /// <param name="content">Seekable; from where it stands to its end.</param>
    public async Task<DatasetAdded> RunAsync(Stream content, CancellationToken cancellationToken)
    {
        long origin = content.Position;
        string digest = Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancellationToken));
        if (await FindSameAsync(digest, cancellationToken) is { } same)
            return same;
        content.Position = origin;
        Table table = await ParseAsync(content, cancellationToken);
        string profile = await blobs.WriteProfileAsync(TableProfile.Of(table), cancellationToken);
        content.Position = origin;
        long bytes = await blobs.WriteAsync(digest, content, cancellationToken);
        return await CommitAsync(digest, bytes, table, profile, cancellationToken);
    }

    private async Task<Table> ParseAsync(Stream content, CancellationToken cancellationToken)
    {
        Table table = await _format.ReadAsync(content, options.Types, cancellationToken);
        CheckRequired(table.Schema);
        if (table.RowCount == 0)
            throw MlOpsException.Invalid("dataset-no-rows", $"'{options.Source}' has a header ({string.Join(", ", table.ColumnNames)}) but no rows; a version of '{name}' needs one at least");
        return table;
    }

    private async Task<DatasetAdded> CommitAsync(string digest, long bytes, Table table, string profile, CancellationToken cancellationToken)
    {
        await rows.AddToIndexAsync(name, cancellationToken);
        while (true)
        {
            (int latest, string? etag) = await rows.FindLatestAsync(name, cancellationToken);
            var lineage = new DatasetLineage(options.Source, options.Parent, options.Detail) { MadeBy = options.MadeBy };
            var version = new DatasetVersion(name, latest + 1, digest, _format.Name, bytes, table.RowCount, table.Schema, time.GetUtcNow(), lineage);
            if (await rows.TryAddAsync(new DatasetRow(version, _format.Delimiter, profile), etag, cancellationToken))
            {
                DatasetMetrics.Added(name);
                return new DatasetAdded(version, Created: true);
            }

            // Somebody added a version meanwhile, perhaps this one.
            if (await FindSameAsync(digest, cancellationToken) is { } same)
                return same;
        }
    }

    private async Task<DatasetAdded?> FindSameAsync(string digest, CancellationToken cancellationToken)
    {
        if (await rows.FindByDigestAsync(name, digest, cancellationToken) is not { } row)
            return null;
        CheckRequired(row.Version.Schema);
        string[] otherwise = [.. row.Version.Schema.Columns.Where(c => options.Types.TryGetValue(c.Name, out ColumnType type) && type != c.Type).Select(c => $"'{c.Name}' as {c.Type}")];
        if (row.Format != _format)
            otherwise = [$"as {row.Format.Name} with the delimiter '{row.Delimiter}'", .. otherwise];
        if (otherwise.Length > 0)
        {
            throw MlOpsException.Conflict("dataset-read-otherwise",
                $"{row.Version.Ref} has the same bytes but reads {string.Join(", ", otherwise)}; versions do not change: add the data under another name or leave the options out");
        }

        return new DatasetAdded(row.Version, Created: false);
    }

    private void CheckRequired(TableSchema schema)
    {
        string[] missing = [.. options.RequiredColumns.Where(c => schema.Find(c) is null)];
        if (missing.Length == 0)
            return;
        throw MlOpsException.Invalid("dataset-columns-missing",
            $"'{options.Source}' has no column {string.Join(", ", missing.Select(m => $"'{m}'"))}, which '{name}' needs; it has: {string.Join(", ", schema.Columns.Select(c => c.Name))}");
    }
}
