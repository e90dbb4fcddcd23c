using MlOps.Domain.Storage;
using MlOps.Domain.Workflows;

namespace MlOps.Domain.Rollout;

/// <summary>
/// The rollout of each model that was started last, from the moment its start is answered: until its workflow has begun, nothing else in the store tells of
/// it. Table <c>rollouts</c>, partition = model, row <c>started</c>.
/// </summary>
internal sealed class StartedRollouts(IEntityTable tables, RolloutTable table, IWorkflowClient workflows, TimeProvider time)
{
    private const string Row = "started";

    /// <summary>So long a workflow that was started may not be found yet.</summary>
    private static readonly TimeSpan Scheduling = TimeSpan.FromMinutes(1);

    /// <summary>Of two starts at once the later one stays.</summary>
    public Task NoteAsync(RolloutStatus starting, CancellationToken cancellationToken) =>
        tables.UpdateAsync(RolloutTable.Name, new EntityKey(starting.Model, Row), row =>
            row is null ? [EntityWrite.Insert(ToEntity(starting))]
            : Read(row).StartedAt <= starting.StartedAt ? [EntityWrite.Replace(ToEntity(starting), row.ETag!)]
            : [], cancellationToken);

    /// <summary>The newest rollout of a model: the one that was started last, or the one that owns, or last owned, its traffic.</summary>
    public async Task<RolloutStatus?> NewestAsync(string model, RolloutStatus? owner, CancellationToken cancellationToken)
    {
        if (await FindAsync(model, cancellationToken) is not { } noted || noted.Id == owner?.Id)
            return owner;
        if (await table.FindAsync(model, noted.Id, cancellationToken) is not { } begun)
            return await PendingAsync(noted, cancellationToken) is var pending && (pending.IsOpen || IsNewer(pending, owner)) ? pending : owner;
        // Its clock may have been ahead of that of the one that has the traffic now.
        if (owner is { IsOpen: true } && !begun.IsOpen)
            return owner;
        return begun.State != RolloutState.Superseded && owner?.Supersedes != begun.Id && IsNewer(begun, owner) ? begun : owner;
    }

    /// <summary>The model's rollout that was started last, while its workflow has not begun; null otherwise.</summary>
    public async Task<RolloutStatus?> PendingAsync(string model, CancellationToken cancellationToken) =>
        await FindAsync(model, cancellationToken) is { } noted && await table.FindAsync(model, noted.Id, cancellationToken) is null ? await PendingAsync(noted, cancellationToken) : null;

    private static bool IsNewer(RolloutStatus started, RolloutStatus? owner) => owner is null || started.StartedAt >= owner.StartedAt;

    private async Task<RolloutStatus?> FindAsync(string model, CancellationToken cancellationToken) =>
        await tables.FindAsync(RolloutTable.Name, new EntityKey(model, Row), cancellationToken) is { } row ? Read(row) : null;

    /// <summary>As it was started, or why it could not begin.</summary>
    private async Task<RolloutStatus> PendingAsync(RolloutStatus noted, CancellationToken cancellationToken)
    {
        WorkflowInstance? instance = await workflows.FindAsync(noted.Id, cancellationToken);
        bool isLost = instance is null ? time.GetUtcNow() - noted.StartedAt > Scheduling : instance.HasEnded;
        if (!isLost)
            return noted;
        // It may have begun, and ended, between the two looks.
        return await table.FindAsync(noted.Model, noted.Id, cancellationToken)
            ?? noted with { State = RolloutState.RolledBack, Reason = $"it could not begin: {instance?.Failure?.Message ?? (instance is null ? "its workflow does not exist any more" : "its workflow was cancelled")}" };
    }

    private static Entity ToEntity(RolloutStatus starting) => new(starting.Model, Row) { ["document"] = WorkflowJson.Write(starting) };

    private static RolloutStatus Read(Entity row) => WorkflowJson.Read<RolloutStatus>(row.Text("document")!)!;
}
