using Azure;
using Azure.Data.Tables;
using MlOps.Domain.Storage;

namespace MlOps.Azure.Storage;

/// <summary>
/// One transaction. Every row carries the mark of the call that wrote it, so that a conflict after a repeated request is told from
/// the echo of our own write, whose answer was lost: when a row of the batch has our mark, all of it was applied.
/// </summary>
internal sealed class TableBatch(TableClient client, IReadOnlyList<EntityWrite> writes)
{
    /// <summary>Well-formed and never given: stands for an ETag of another form, which the service would call invalid.</summary>
    private const string NeverETag = "W/\"datetime'1601-01-01T00%3A00%3A00.0000000Z'\"";

    private readonly Guid _mark = Guid.NewGuid();

    /// <returns>The new ETags; empty for a delete.</returns>
    public async Task<IReadOnlyList<string>> SubmitAsync(CancellationToken cancellationToken)
    {
        Resends.Watch resends = Resends.Begin();
        try
        {
            Response<IReadOnlyList<Response>> done = await client.SubmitTransactionAsync(writes.Select(Action), cancellationToken);
            return [.. writes.Zip(done.Value, (write, response) => write.Operation == EntityOperation.Delete ? "" : ETagOf(response))];
        }
        catch (RequestFailedException e) when (Refusal(e) is not null)
        {
            if (resends.Seen && await AppliedAsync(cancellationToken) is { } etags)
                return etags;
            throw Refusal(e)!;
        }
    }

    private TableTransactionAction Action(EntityWrite write) => new(
        write.Operation switch
        {
            EntityOperation.Insert => TableTransactionActionType.Add,
            EntityOperation.Upsert => TableTransactionActionType.UpsertReplace,
            EntityOperation.UpsertMerge => TableTransactionActionType.UpsertMerge,
            EntityOperation.Replace => TableTransactionActionType.UpdateReplace,
            EntityOperation.Merge => TableTransactionActionType.UpdateMerge,
            EntityOperation.Delete => TableTransactionActionType.Delete,
            _ => throw new ArgumentOutOfRangeException(nameof(write), write.Operation, "no operation of a table"),
        },
        TableRow.Of(write, _mark),
        write.IfMatch is null ? default : new ETag(write.IfMatch == "*" || write.IfMatch.StartsWith("W/\"datetime'", StringComparison.Ordinal) ? write.IfMatch : NeverETag));

    /// <summary>The ETags if an earlier attempt of ours was applied; a row that somebody changed since gets one that matches nothing.</summary>
    private async Task<IReadOnlyList<string>?> AppliedAsync(CancellationToken cancellationToken)
    {
        var etags = new List<string>();
        bool applied = false;
        foreach (EntityWrite write in writes)
        {
            TableEntity? row = write.Operation == EntityOperation.Delete ? null : await TableRow.FindAsync(client, write.Entity.Key, cancellationToken);
            bool ours = row?.GetGuid(TableRow.Mark) == _mark;
            applied |= ours;
            etags.Add(write.Operation == EntityOperation.Delete ? "" : ours ? row!.ETag.ToString() : NeverETag);
        }

        return applied ? etags : null;
    }

    /// <summary>What the caller is told of a refused transaction; null when it was no refusal.</summary>
    private MlOpsException? Refusal(RequestFailedException e)
    {
        int index = (e as TableTransactionFailedException)?.FailedTransactionActionIndex ?? 0;
        EntityWrite write = writes[Math.Clamp(index, 0, writes.Count - 1)];
        string row = $"{write.Entity.Key} of '{client.Name}'";
        return e.ErrorCode switch
        {
            "EntityAlreadyExists" => MlOpsException.Conflict("entity-exists", $"{row} exists already"),
            "UpdateConditionNotSatisfied" or "ConditionNotMet" => MlOpsException.Conflict(
                "entity-changed", $"{row} has no longer the ETag {write.IfMatch}: someone changed it meanwhile; read it again and retry"),
            "ResourceNotFound" or "EntityNotFound" => MlOpsException.NotFound("entity-missing", $"{row} does not exist"),
            "EntityTooLarge" or "TooManyProperties" or "PropertyValueTooLarge" => MlOpsException.TooLarge(
                "entity-too-large", $"{row} would take more than {EntityLimits.EntityBytes:N0} bytes or {EntityLimits.Properties} properties; put the bulk into a blob"),
            "RequestBodyTooLarge" or "ContentLengthExceeded" => MlOpsException.TooLarge(
                "batch-too-large", $"a batch of {writes.Count} writes to '{client.Name}' takes more than {EntityLimits.BatchBytes:N0} bytes on the wire; split it"),
            _ => null,
        };
    }

    private static string ETagOf(Response response) => response.Headers.ETag?.ToString() ?? NeverETag;
}
