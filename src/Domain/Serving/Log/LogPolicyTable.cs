using System.Security.Cryptography;
using MlOps.Domain.Storage;
using MlOps.Domain.Workflows;

namespace MlOps.Domain.Serving.Log;

/// <summary>
/// Rows of log policies. Table <c>logPolicies</c>, partition = model: <c>cur</c> (the policy and the key of its hashes), <c>h-</c> history
/// newest first; of a model that is deleted <c>cur</c> stays, without a policy, and counts in <c>models</c> how many of the name there were. Table <c>logPolicyIndex</c>, partition <c>x</c>: one row a model, written before the policy.
/// </summary>
internal static class LogPolicyTable
{
    public const string Name = "logPolicies";
    public const string Index = "logPolicyIndex";
    public const string IndexPartition = "x";
    public const string HistoryPrefix = "h-";

    private const int KeyBytes = 32;

    public static EntityKey Current(string model) => new(model, "cur");

    /// <summary>The new state and its place in the history. The key stays: hashes of before and after a change are to be alike.</summary>
    public static IReadOnlyList<EntityWrite> Writes(LogPolicyState state, Entity? row)
    {
        Entity current = ToEntity(new(state.Model, "cur"), state);
        current["key"] = row?.Bytes("key") ?? RandomNumberGenerator.GetBytes(KeyBytes);
        current["models"] = row?.Int("models");
        Entity past = ToEntity(new(state.Model, HistoryPrefix + SortKeys.LargestFirst((int)state.Revision)), state);
        return [row is null ? EntityWrite.Insert(current) : EntityWrite.Replace(current, row.ETag!), EntityWrite.Insert(past)];
    }

    public static LogPolicyState ToState(Entity row) => new(
        row.Key.Partition, WorkflowJson.Read<LogPolicy>(row.Text("policy")!)!, row.Int("revision")!.Value, row.Time("changedAt"), row.Text("by"));

    public static bool IsForgotten(Entity row) => row.Text("policy") is null;

    /// <summary>How many models of the name were deleted.</summary>
    public static long Models(Entity row) => row.Int("models") ?? 0;

    public static EntityWrite Forget(Entity row) => EntityWrite.Replace(new Entity(row.Key.Partition, row.Key.Row) { ["models"] = Models(row) + 1 }, row.ETag!);

    private static Entity ToEntity(EntityKey key, LogPolicyState state) => new(key.Partition, key.Row)
    {
        ["policy"] = WorkflowJson.Write(state.Policy),
        ["revision"] = state.Revision,
        ["changedAt"] = state.ChangedAt,
        ["by"] = state.By,
    };
}
