using Azure;
using Azure.Data.Tables;
using MlOps.Domain.Storage;

namespace MlOps.Azure.Storage;

/// <summary>
/// One page of a partition. The service's own continuations are followed inside a page (it may answer with less than was asked, even
/// with nothing) and never shown: ours name the last row, as those of every store.
/// </summary>
internal sealed class TablePage(TableClient client, string table, string partition, EntityRange range)
{
    private const char BehindAll = '\x7f';

    public async Task<EntityPage> ReadAsync(CancellationToken cancellationToken)
    {
        RowRange rows = RowRange.Of(table, partition, range);
        if (rows.To is not null && string.CompareOrdinal(rows.From, rows.To) >= 0)
            return new([], null);
        try
        {
            return await FillAsync(Filter(rows), cancellationToken);
        }
        catch (RequestFailedException e) when (e.ErrorCode == AzureEntityTable.NoTable)
        {
            return new([], null);
        }
    }

    private async Task<EntityPage> FillAsync(string filter, CancellationToken cancellationToken)
    {
        // One row more than wanted tells whether there is more; a full page of the service has no room for it and asks the token.
        int asked = Math.Min(range.Limit + 1, EntityLimits.PageRows);
        var entities = new List<Entity>();
        await foreach (Page<TableEntity> page in client.QueryAsync<TableEntity>(filter, asked, cancellationToken: cancellationToken).AsPages())
        {
            entities.AddRange(page.Values.Select(TableRow.ToEntity));
            if (entities.Count > range.Limit || (entities.Count == EntityLimits.PageRows && page.ContinuationToken is not null))
                return Cut(entities);
        }

        return new(entities, null);
    }

    private EntityPage Cut(List<Entity> entities)
    {
        entities.RemoveRange(range.Limit, entities.Count - range.Limit);
        return new(entities, Continuation.Encode(table, partition, range, KeyEscape.Escape(entities[^1].Key.Row)));
    }

    private string Filter(RowRange rows)
    {
        string filter = TableClient.CreateQueryFilter($"PartitionKey eq {KeyEscape.Escape(partition)}");
        filter += rows.FromExclusive ? TableClient.CreateQueryFilter($" and RowKey gt {rows.From}") : TableClient.CreateQueryFilter($" and RowKey ge {rows.From}");
        return Printable(rows.To) is string to ? filter + TableClient.CreateQueryFilter($" and RowKey lt {to}") : filter;
    }

    /// <summary>The bound behind a prefix ends in a control character, which the service forbids in keys; the successor of the prefix bounds the same rows.</summary>
    private static string? Printable(string? to)
    {
        if (to is null || to[^1] != BehindAll)
            return to;
        string prefix = to[..^1].TrimEnd('~');
        return prefix.Length == 0 ? null : prefix[..^1] + (char)(prefix[^1] + 1);
    }
}
