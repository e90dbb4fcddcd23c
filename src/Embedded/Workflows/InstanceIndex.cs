using MlOps.Domain.Storage;

namespace MlOps.Embedded.Workflows;

/// <summary>
/// Where instances are found: the open ones (to resume), and all of them newest first, in all and by workflow. Rows are written
/// before the instance and carry what it takes to remove them again, so a crash leaves nothing that a start cannot repair.
/// </summary>
internal sealed class InstanceIndex(IEntityTable tables, JournalStore journal)
{
    public const string Table = "workflowIndex";
    private const string Open = "open";
    private const string List = "list";

    public async IAsyncEnumerable<OpenInstance> OpenInstancesAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (Entity row in tables.ScanAsync(Table, Open, EntityRange.All, cancellationToken))
            yield return new(row.Key.Row, row.Text("workflow") ?? "", row.Time("created") ?? default, row.Flag("purge") ?? false);
    }

    /// <summary>Ids of instances, newest first.</summary>
    public async IAsyncEnumerable<string> ListAsync(string? workflow, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (Entity row in tables.ScanAsync(Table, ListPartition(workflow), EntityRange.All, cancellationToken))
            yield return row.Key.Row[20..];
    }

    public Task AddAsync(OpenInstance instance, CancellationToken cancellationToken) => Task.WhenAll(
        OpenAsync(instance, cancellationToken),
        PutAsync(instance.InstanceId, EntityWrite.Upsert(new Entity(List, ListRow(instance))), cancellationToken),
        PutAsync(instance.InstanceId, EntityWrite.Upsert(new Entity(ListPartition(instance.Workflow), ListRow(instance))), cancellationToken));

    public Task OpenAsync(OpenInstance instance, CancellationToken cancellationToken) => PutAsync(
        instance.InstanceId,
        EntityWrite.Upsert(new Entity(Open, instance.InstanceId) { ["workflow"] = instance.Workflow, ["created"] = instance.CreatedAt, ["purge"] = instance.Purge }),
        cancellationToken);

    public Task CloseAsync(string instanceId, CancellationToken cancellationToken) => RemoveAsync(instanceId, new(Open, instanceId), cancellationToken);

    public async Task RemoveAsync(OpenInstance instance, CancellationToken cancellationToken)
    {
        await RemoveAsync(instance.InstanceId, new(List, ListRow(instance)), cancellationToken);
        await RemoveAsync(instance.InstanceId, new(ListPartition(instance.Workflow), ListRow(instance)), cancellationToken);
        await CloseAsync(instance.InstanceId, cancellationToken);
    }

    private async Task RemoveAsync(string instanceId, EntityKey key, CancellationToken cancellationToken)
    {
        try
        {
            await PutAsync(instanceId, EntityWrite.Delete(key), cancellationToken);
        }
        catch (MlOpsException e) when (e.Code == "entity-missing")
        {
        }
    }

    private Task PutAsync(string instanceId, EntityWrite write, CancellationToken cancellationToken) =>
        journal.WriteAsync(instanceId, -1, "index", [write], cancellationToken, Table);

    private static string ListPartition(string? workflow) => workflow is null ? List : $"{List}-{workflow}";

    private static string ListRow(OpenInstance instance) => $"{SortKeys.NewestFirst(instance.CreatedAt)}-{instance.InstanceId}";
}

/// <summary>An entry of the index of open instances; <paramref name="Purge"/> marks one whose removal has begun.</summary>
internal sealed record OpenInstance(string InstanceId, string Workflow, DateTimeOffset CreatedAt, bool Purge = false)
{
    public static OpenInstance Of(InstanceHeader header, bool purge = false) => new(header.InstanceId, header.Workflow, header.CreatedAt, purge);
}
