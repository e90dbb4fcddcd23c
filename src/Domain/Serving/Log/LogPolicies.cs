using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using MlOps.Domain.Registry;
using MlOps.Domain.Storage;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Serving.Log;

/// <summary>
/// Each model's <see cref="LogPolicy"/>: stored with its history, and as requests act on it. A change governs every request within 5 s, in every
/// process.
/// </summary>
/// <param name="setting">What the host's settings hold under a name, or null: a secret there makes hashes that nobody can try values against who has the store alone.</param>
public sealed class LogPolicies(IEntityTable tables, ModelRegistry registry, TimeProvider time, ILogger logger, Func<string, string?>? setting = null)
{
    /// <summary>The setting whose secret goes into the key of hashes; all processes of a store need the same.</summary>
    public const string SecretSetting = "MLOPS_SECRET_LOG_HASH";

    /// <summary>Every process acts on a change after it.</summary>
    private static readonly TimeSpan KnownAfter = TimeSpan.FromSeconds(5);

    private readonly FollowedState<InForce> _followed = new(
        (model, token) => ReadAsync(tables, setting, model, token)!, rule => rule.Revision, (model, rule, e) => logger.LogPolicyKept(model, rule.Revision, e), time);

    /// <summary>The stored policy; <see cref="LogPolicy.Default"/> at revision 0 while nobody has set one.</summary>
    public async Task<LogPolicyState> GetAsync(string model, CancellationToken cancellationToken) =>
        StateOf(model, await tables.FindAsync(LogPolicyTable.Name, LogPolicyTable.Current(model), cancellationToken));

    /// <summary>Models that have a policy of their own.</summary>
    public IAsyncEnumerable<string> ModelsAsync(CancellationToken cancellationToken) =>
        tables.ScanAsync(LogPolicyTable.Index, LogPolicyTable.IndexPartition, EntityRange.All, cancellationToken).Select(row => row.Key.Row);

    /// <summary>What the policy was, newest first.</summary>
    public async IAsyncEnumerable<LogPolicyState> HistoryAsync(string model, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (Entity row in tables.ScanAsync(LogPolicyTable.Name, model, new EntityRange(Prefix: LogPolicyTable.HistoryPrefix), cancellationToken))
            yield return LogPolicyTable.ToState(row);
    }

    /// <summary>Puts a policy in force; the one that is in force already changes nothing.</summary>
    /// <param name="by">Who wants it, for the history.</param>
    /// <param name="revision">That of the policy which this one is made of (0: none was set). Null: whatever is in force, as long as nothing that it hides is shown again.</param>
    /// <exception cref="MlOpsException">
    /// NotFound for an unknown model; Invalid <c>log-policy</c>, with all that is wrong; features are those of all versions, for each may be asked by its number.
    /// Conflict <c>log-policy-changed</c>: another revision is in force; <c>log-policy-loosened</c>: without a revision it would take back what protects.
    /// </exception>
    public async Task<LogPolicyState> SetAsync(string model, LogPolicy policy, string by, CancellationToken cancellationToken, long? revision = null)
    {
        ModelSignature champion = (await registry.ResolveAsync(ModelSelector.Of(model, null), cancellationToken)).Signature;
        IReadOnlyList<ModelVersion> versions = await registry.ListVersionsAsync(model, cancellationToken);
        LogPolicyCheck.Check(model, policy, champion.Target, [.. champion.Inputs.Concat(versions.SelectMany(v => v.Signature.Inputs)).Select(i => i.Name).Distinct()]);
        return await StoreAsync(model, current => LogPolicyLoosening.Checked(current, policy, revision), by, cancellationToken);
    }

    /// <summary>
    /// Adds to the policy in force what was checked already, against the data that a version learned from. Safe to repeat: what somebody set
    /// in between stays.
    /// </summary>
    internal Task<LogPolicyState> AddAsync(string model, LogPolicyChange change, string by, CancellationToken cancellationToken) =>
        StoreAsync(model, current => change.Over(current.Policy), by, cancellationToken);

    /// <summary>Takes the policy of a deleted model away, with its history. Processes that follow it see that it is gone.</summary>
    internal async Task ForgetAsync(string model, CancellationToken cancellationToken)
    {
        // First what is in force, so that nobody adds to a history that is already gone.
        await tables.UpdateAsync(LogPolicyTable.Name, LogPolicyTable.Current(model), row => row is null || LogPolicyTable.IsForgotten(row) ? [] : [LogPolicyTable.Forget(row)], cancellationToken);
        foreach (Entity past in await tables.ScanAsync(LogPolicyTable.Name, model, new EntityRange(Prefix: LogPolicyTable.HistoryPrefix), cancellationToken).ToListAsync(cancellationToken))
            await tables.RemoveAsync(LogPolicyTable.Name, past.Key, cancellationToken);
        await tables.RemoveAsync(LogPolicyTable.Index, new EntityKey(LogPolicyTable.IndexPartition, model), cancellationToken);
    }

    /// <summary>Waits until no process acts on an older policy any more.</summary>
    internal Task InForceEverywhereAsync(LogPolicyState state, CancellationToken cancellationToken)
    {
        TimeSpan left = (state.ChangedAt ?? DateTimeOffset.MinValue) + KnownAfter - time.GetUtcNow();
        return left > TimeSpan.Zero ? Task.Delay(left < KnownAfter ? left : KnownAfter, time, cancellationToken) : Task.CompletedTask;
    }

    private async Task<LogPolicyState> StoreAsync(string model, Func<LogPolicyState, LogPolicy> change, string by, CancellationToken cancellationToken)
    {
        await tables.WriteAsync(LogPolicyTable.Index, EntityWrite.Upsert(new Entity(LogPolicyTable.IndexPartition, model)), cancellationToken);
        await tables.UpdateAsync(LogPolicyTable.Name, LogPolicyTable.Current(model), row => Change(model, change, by, row), cancellationToken, attempts: 16);
        return await GetAsync(model, cancellationToken);
    }

    /// <summary>What a request of the model acts on. Where that cannot be known nothing is recorded: a missing record is better than one that must not be.</summary>
    public ValueTask<LogRule> InForceAsync(string model, CancellationToken cancellationToken)
    {
        ValueTask<InForce?> read = _followed.GetAsync(model, cancellationToken);
        return read.IsCompletedSuccessfully ? new(read.Result!.Rule) : new(ReadAsync(model, read, cancellationToken));
    }

    /// <summary>As <see cref="InForceAsync"/>, where it was read so lately that a request need not have it read again; else null.</summary>
    internal LogRule? Young(string model, long now) => _followed.Young(model, now)?.Rule;

    private async Task<LogRule> ReadAsync(string model, ValueTask<InForce?> read, CancellationToken cancellationToken)
    {
        try
        {
            return (await read)!.Rule;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            logger.LogPolicyUnknown(model, e);
            return LogRule.Unknown;
        }
    }

    private IReadOnlyList<EntityWrite> Change(string model, Func<LogPolicyState, LogPolicy> change, string by, Entity? row)
    {
        LogPolicyState current = StateOf(model, row);
        LogPolicy policy = change(current);
        if (current.Revision > 0 && policy.IsSame(current.Policy))
            return [];
        return LogPolicyTable.Writes(new LogPolicyState(model, policy, current.Revision + 1, time.GetUtcNow(), by), row);
    }

    private static LogPolicyState StateOf(string model, Entity? row) => row is null || LogPolicyTable.IsForgotten(row) ? Unset(model) : LogPolicyTable.ToState(row);

    private static LogPolicyState Unset(string model) => new(model, LogPolicy.Default, 0, null, null);

    private static async Task<InForce> ReadAsync(IEntityTable tables, Func<string, string?>? setting, string model, CancellationToken cancellationToken)
    {
        if (await tables.FindAsync(LogPolicyTable.Name, LogPolicyTable.Current(model), cancellationToken) is not { } row)
            return new InForce(0, LogRule.Everything);
        // Those of a model of the same name that was deleted are behind all of this one.
        long before = LogPolicyTable.Models(row) << 32;
        if (LogPolicyTable.IsForgotten(row))
            return new InForce(before, LogRule.Everything);
        LogPolicyState state = LogPolicyTable.ToState(row);
        return new InForce(before + state.Revision, new LogRule(state.Policy, Key(row.Bytes("key")!, setting?.Invoke(SecretSetting))));
    }

    private static byte[] Key(byte[] stored, string? secret) => secret is { Length: > 0 } ? HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), stored) : stored;

    private sealed record InForce(long Revision, LogRule Rule);
}
