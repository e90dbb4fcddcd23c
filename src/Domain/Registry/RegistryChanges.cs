using MlOps.Domain.Webhooks;

namespace MlOps.Domain.Registry;

/// <summary>How every change of a model is made: read, decide, write it whole, and from the beginning when somebody else was faster.</summary>
/// <param name="webhooks">Who is told of changes; null for nobody.</param>
/// <param name="forget">Removes what other slices keep by a model's name.</param>
internal sealed class RegistryChanges(RegistryTable table, TimeProvider time, WebhookQueue? webhooks, ForgetModel? forget)
{
    /// <exception cref="MlOpsException">NotFound <c>model-missing</c>, with those there are; Invalid <c>model-name</c>.</exception>
    public async Task<FoundModel> GetAsync(string model, CancellationToken cancellationToken) =>
        await table.FindAsync(RegistryLimits.CheckModel(model), cancellationToken) ?? throw await MissingAsync(model, cancellationToken);

    /// <exception cref="MlOpsException">NotFound <c>model-version-missing</c>.</exception>
    public async Task<ModelVersion> GetVersionAsync(FoundModel model, int version, CancellationToken cancellationToken) =>
        await table.FindVersionAsync(model, version, cancellationToken) ?? throw VersionMissing(model.Header, version);

    /// <summary>Changes a model.</summary>
    public Task<T> ApplyAsync<T>(string model, string by, Func<FoundModel, ModelEdit, Task<T>> change, CancellationToken cancellationToken) =>
        ApplyAsync(() => GetAsync(model, cancellationToken), by, change, cancellationToken);

    /// <summary>Changes a model, or creates it.</summary>
    public Task<T> ApplyToNewAsync<T>(string model, string by, Func<FoundModel, ModelEdit, Task<T>> change, CancellationToken cancellationToken) =>
        ApplyAsync(() => GetOrNewAsync(model, cancellationToken), by, change, cancellationToken);

    private async Task<T> ApplyAsync<T>(Func<Task<FoundModel>> read, string by, Func<FoundModel, ModelEdit, Task<T>> change, CancellationToken cancellationToken)
    {
        while (true)
        {
            FoundModel found = await read();
            var edit = new ModelEdit(found.Header, time.GetUtcNow(), by);
            T result = await change(found, edit);
            if (edit.Events.Count == 0 || await TryCommitAsync(found, edit, cancellationToken))
                return result;
        }
    }

    /// <summary>What is to be told is written down first: then it is told whatever becomes of this process.</summary>
    private async Task<bool> TryCommitAsync(FoundModel found, ModelEdit edit, CancellationToken cancellationToken)
    {
        PreparedNotices? prepared = webhooks is null ? null
            : await webhooks.PrepareAsync(found.Partition, edit.Header.Revision, () => RegistryNotices.Of(found, edit), cancellationToken);
        if (await TryCommitAsync(found, edit, prepared, cancellationToken))
        {
            if (prepared is not null)
                webhooks!.Release(prepared);
            return true;
        }

        if (prepared is not null)
            await webhooks!.WithdrawAsync(prepared, cancellationToken);
        return false;
    }

    private async Task<bool> TryCommitAsync(FoundModel found, ModelEdit edit, PreparedNotices? prepared, CancellationToken cancellationToken)
    {
        try
        {
            return await table.TryCommitAsync(found, edit, prepared?.Change, cancellationToken);
        }
        catch (MlOpsException e) when (prepared is not null && e.Kind is (ErrorKind.TooLarge or ErrorKind.Invalid))
        {
            // Refused, so it will not come. Whether one that was cut off comes is not known: the queue looks for a while.
            await webhooks!.WithdrawAsync(prepared!, CancellationToken.None);
            throw;
        }
    }

    /// <summary>
    /// Removes what is left of a model that had the name: what goes by it, then its rows. Broken off anywhere, it is finished by being asked
    /// for again, which who takes the name does, too.
    /// </summary>
    /// <returns>Whether there was something.</returns>
    /// <exception cref="MlOpsException">Unavailable <c>model-removing</c>.</exception>
    public async Task<bool> FinishRemovalAsync(string model, CancellationToken cancellationToken)
    {
        if (await table.Names.TryBeginRemovalAsync(model, time.GetUtcNow(), cancellationToken) is not { } removal)
            return false;
        if (forget is not null)
            await forget(model, async () => removal = await table.Names.ContinueRemovalAsync(removal, time.GetUtcNow(), cancellationToken), cancellationToken);
        if (removal.Was is { } partition)
            await PurgeAsync(partition, cancellationToken);
        await table.Names.EndRemovalAsync(removal, cancellationToken);
        return true;
    }

    /// <summary>Removes a model that has no name any more, once what waits to be told of it needs it no longer.</summary>
    private async Task PurgeAsync(string partition, CancellationToken cancellationToken)
    {
        if (webhooks is not null)
            await webhooks.ConfirmAsync(partition, table.WasMadeAsync, cancellationToken);
        await table.PurgeAsync(partition, cancellationToken);
    }

    private async Task<FoundModel> GetOrNewAsync(string model, CancellationToken cancellationToken)
    {
        if (await table.FindAsync(RegistryLimits.CheckModel(model), cancellationToken) is { } found)
            return found;
        string? partition;
        while ((partition = await table.Names.AddAsync(model, cancellationToken)) is null)
            await FinishRemovalAsync(model, cancellationToken);
        return await table.FindAsync(model, cancellationToken) ?? new FoundModel(partition, ModelHeader.New(model, time.GetUtcNow()), null);
    }

    private static MlOpsException VersionMissing(ModelHeader model, int version) => MlOpsException.NotFound(
        "model-version-missing", $"model '{model.Name}' has no version {version}: {(
            model.NewestVersion == 0 ? "it has none" : version > 0 && version < model.NewestVersion ? "it was deleted" : $"its versions are 1 to {model.NewestVersion}")}");

    private async Task<MlOpsException> MissingAsync(string model, CancellationToken cancellationToken)
    {
        List<string> names = await table.Names.ListAsync(cancellationToken).Take(11).Select(n => $"'{n.Name}'").ToListAsync(cancellationToken);
        return MlOpsException.NotFound("model-missing", $"there is no registered model '{model}': there is {Listed(names)}");
    }

    public static string Listed(IEnumerable<string> names)
    {
        string[] shown = [.. names.Take(11)];
        return shown.Length switch { 0 => "none yet", > 10 => string.Join(", ", shown[..10]) + ", ...", _ => string.Join(", ", shown) };
    }
}

/// <summary>Removes what is kept by a model's name, before another one gets it; safe to repeat.</summary>
/// <param name="goOn">To be called now and then: it fails when somebody else took over.</param>
public delegate Task ForgetModel(string model, Func<Task> goOn, CancellationToken cancellationToken);
