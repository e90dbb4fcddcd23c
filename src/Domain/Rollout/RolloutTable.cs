using System.Globalization;
using System.Runtime.CompilerServices;
using MlOps.Domain.Storage;
using MlOps.Domain.Workflows;

namespace MlOps.Domain.Rollout;

/// <summary>
/// Rows of rollouts. Table <c>rollouts</c>, partition = model: <c>r-</c>id (the state as a document), <c>d-</c>id<c>~</c>sequence (decisions), <c>started</c> (<see cref="StartedRollouts"/>).
/// Which rollout owns the traffic stands in the endpoint's row, nowhere else.
/// </summary>
internal sealed class RolloutTable(IEntityTable tables)
{
    public const string Name = "rollouts";
    private const string Ending = "\"ending\":";
    private const string PromotedEnd = "{\"state\":\"promoted\"";

    public async Task<RolloutStatus?> FindAsync(string model, string id, CancellationToken cancellationToken) =>
        await tables.FindAsync(Name, Key(model, id), cancellationToken) is { } row ? Read<RolloutStatus>(row) : null;

    /// <summary>The rollout, where it is open or has an end that may be half done; what is at rest, as nearly all are, is not read.</summary>
    public async Task<RolloutStatus?> FindUnsettledAsync(string model, string id, CancellationToken cancellationToken) =>
        await tables.FindAsync(Name, Key(model, id), cancellationToken) is { } row && !IsSettled(row) ? Read<RolloutStatus>(row) : null;

    public async Task<IReadOnlyList<RolloutStatus>> ListAsync(string model, CancellationToken cancellationToken)
    {
        var found = new List<RolloutStatus>();
        await foreach (Entity row in tables.ScanAsync(Name, model, new EntityRange("r-"), cancellationToken))
            found.Add(Read<RolloutStatus>(row));
        return [.. found.OrderByDescending(r => r.StartedAt)];
    }

    public Task PutAsync(RolloutStatus status, CancellationToken cancellationToken) =>
        tables.WriteAsync(Name, EntityWrite.Upsert(ToEntity(status)), cancellationToken);

    /// <summary>Changes a rollout that is open; one that has ended stays as it ended.</summary>
    public Task ChangeAsync(string model, string id, Func<RolloutStatus, RolloutStatus> change, CancellationToken cancellationToken) =>
        UpdateAsync(model, id, status => status.IsOpen, change, cancellationToken);

    public Task UpdateAsync(string model, string id, Func<RolloutStatus, bool> when, Func<RolloutStatus, RolloutStatus> change, CancellationToken cancellationToken) =>
        tables.UpdateAsync(Name, Key(model, id), row => row is not null && Read<RolloutStatus>(row) is var status && when(status)
            ? [EntityWrite.Replace(ToEntity(change(status)), row.ETag!)]
            : [], cancellationToken);

    public Task AddAsync(string model, string id, RolloutDecision decision, CancellationToken cancellationToken) =>
        tables.WriteAsync(Name, EntityWrite.Upsert(new Entity(model, DecisionPrefix(id) + decision.Sequence.ToString("D6", CultureInfo.InvariantCulture)) { ["document"] = WorkflowJson.Write(decision) }), cancellationToken);

    public async IAsyncEnumerable<RolloutDecision> DecisionsAsync(string model, string id, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (Entity row in tables.ScanAsync(Name, model, new EntityRange(DecisionPrefix(id)), cancellationToken))
            yield return Read<RolloutDecision>(row);
    }

    public Task ForgetAsync(string model, CancellationToken cancellationToken) => tables.RemoveAllAsync(Name, model, cancellationToken);

    private static EntityKey Key(string model, string id) => new(model, "r-" + id);

    private static string DecisionPrefix(string id) => $"d-{id}~";

    private static Entity ToEntity(RolloutStatus status)
    {
        EntityKey key = Key(status.Model, status.Id);
        return new Entity(key.Partition, key.Row) { ["document"] = WorkflowJson.Write(status), ["state"] = status.State.ToString() };
    }

    /// <summary>
    /// It has ended, and as it was meant to: of what has ended only a promotion can have a second end, that takes it back. Quotes inside of
    /// texts are escaped, so that what is quoted and has a colon is a member's name.
    /// </summary>
    private static bool IsSettled(Entity row) => Enum.TryParse(row.Text("state"), out RolloutState state) && !RolloutStatus.IsOpenIn(state)
        && (!Has(row, Ending) || Has(row, Ending + PromotedEnd));

    private static bool Has(Entity row, string text) => row.Text("document")!.Contains(text, StringComparison.Ordinal);

    private static T Read<T>(Entity row) => WorkflowJson.Read<T>(row.Text("document")!)!;
}
