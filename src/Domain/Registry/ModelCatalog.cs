namespace MlOps.Domain.Registry;

/// <summary>What a registered model is, besides its versions and aliases, and what people say of it. Each change is atomic and leaves an event.</summary>
public sealed class ModelCatalog
{
    /// <summary>Rows that are looked for one by one.</summary>
    private const int MaxLooks = 100;

    private readonly RegistryTable _table;
    private readonly RegistryChanges _changes;

    internal ModelCatalog(RegistryTable table, RegistryChanges changes) => (_table, _changes) = (table, changes);

    /// <summary>Makes a model that has no version yet.</summary>
    /// <exception cref="MlOpsException">Conflict <c>model-exists</c>; Invalid <c>model-name</c>, <c>tag-invalid</c>, <c>description-too-long</c>.</exception>
    public Task<RegisteredModel> CreateAsync(string model, string? description, IReadOnlyDictionary<string, string> tags, string by, CancellationToken cancellationToken)
    {
        RegistryLimits.CheckDescription(description);
        RegistryLimits.CheckTags(tags);
        return _changes.ApplyToNewAsync(
            model,
            by,
            (found, edit) =>
            {
                if (found.ETag is not null)
                    throw ModelNames.Exists(model);
                edit.Header = edit.Header with { Description = description, Tags = tags, CreatedAt = edit.Now };
                edit.Log(ModelEventKind.Created);
                return Task.FromResult(edit.Header.ToModel());
            },
            cancellationToken);
    }

    /// <summary>Gives a model another name; its versions, aliases and history go along. What else goes by the name (endpoints, rollouts) does not: callers see to that.</summary>
    /// <exception cref="MlOpsException">NotFound <c>model-missing</c>; Conflict <c>model-exists</c>.</exception>
    public async Task<RegisteredModel> RenameAsync(string model, string newName, string by, CancellationToken cancellationToken)
    {
        RegistryLimits.CheckModel(newName);
        FoundModel found = await _changes.GetAsync(model, cancellationToken);
        if (model == newName)
            return found.Header.ToModel();
        while (!await _table.Names.RenameAsync(model, newName, found.Partition, cancellationToken))
        {
            await _changes.FinishRemovalAsync(newName, cancellationToken);
            found = await _changes.GetAsync(model, cancellationToken);
        }

        return await ChangeAsync(newName, by, edit => edit.Log(ModelEventKind.Renamed, subject: newName), cancellationToken);
    }

    /// <summary>Removes a model with its versions, aliases and history, and what goes by its name. The name may be used again, with numbers from 1.</summary>
    /// <exception cref="MlOpsException">NotFound <c>model-missing</c>; Unavailable <c>model-removing</c>: it was deleted before, and somebody removes what is left.</exception>
    public async Task DeleteAsync(string model, CancellationToken cancellationToken)
    {
        // Of a removal that was broken off.
        if (await _table.FindAsync(RegistryLimits.CheckModel(model), cancellationToken) is null && await _changes.FinishRemovalAsync(model, cancellationToken))
            return;
        FoundModel found = await _changes.GetAsync(model, cancellationToken);
        await _table.Names.RemoveAsync(model, found.Partition, cancellationToken);
        try
        {
            await _changes.FinishRemovalAsync(model, cancellationToken);
        }
        catch (MlOpsException e) when (e.Code == ModelNames.RemovingCode)
        {
            // Who wants the name does it.
        }
    }

    /// <param name="description">Null takes it away.</param>
    /// <exception cref="MlOpsException">NotFound <c>model-missing</c>; Invalid <c>description-too-long</c>.</exception>
    public Task<RegisteredModel> DescribeAsync(string model, string? description, string by, CancellationToken cancellationToken)
    {
        RegistryLimits.CheckDescription(description);
        return ChangeAsync(
            model,
            by,
            edit =>
            {
                edit.Header = edit.Header with { Description = description };
                edit.Log(ModelEventKind.Described);
            },
            cancellationToken);
    }

    /// <summary>Sets a tag of a model; null takes it away, also one that is not there.</summary>
    /// <exception cref="MlOpsException">NotFound <c>model-missing</c>; Invalid <c>tag-invalid</c>.</exception>
    public Task<RegisteredModel> TagAsync(string model, string key, string? value, string by, CancellationToken cancellationToken)
    {
        // One that is there from before is taken away, whatever it is called.
        if (value is not null)
            RegistryLimits.CheckTags([new(key, value)]);
        return ChangeAsync(
            model,
            by,
            edit =>
            {
                if (edit.Header.Tags.GetValueOrDefault(key) == value)
                    return;
                edit.Header = edit.Header with { Tags = Tagged(edit.Header.Tags, key, value) };
                edit.Log(value is null ? ModelEventKind.Untagged : ModelEventKind.Tagged, subject: key);
            },
            cancellationToken);
    }

    /// <param name="description">Null takes it away.</param>
    /// <exception cref="MlOpsException">NotFound <c>model-missing</c>, <c>model-version-missing</c>; Invalid <c>description-too-long</c>.</exception>
    public Task<ModelVersion> DescribeAsync(string model, int version, string? description, string by, CancellationToken cancellationToken)
    {
        RegistryLimits.CheckDescription(description);
        return ChangeAsync(
            model,
            version,
            by,
            (edit, before) =>
            {
                edit.Log(ModelEventKind.Described, version);
                return before with { Description = description, ChangedAt = edit.Now };
            },
            cancellationToken);
    }

    /// <summary>Sets a tag of a version; null takes it away, also one that is not there.</summary>
    /// <exception cref="MlOpsException">NotFound <c>model-missing</c>, <c>model-version-missing</c>; Invalid <c>tag-invalid</c>.</exception>
    public Task<ModelVersion> TagAsync(string model, int version, string key, string? value, string by, CancellationToken cancellationToken)
    {
        // One that is there from before is taken away, whatever it is called.
        if (value is not null)
            RegistryLimits.CheckTags([new(key, value)]);
        return ChangeAsync(
            model,
            version,
            by,
            (edit, before) =>
            {
                if (before.Tags.GetValueOrDefault(key) == value)
                    return before;
                edit.Log(value is null ? ModelEventKind.Untagged : ModelEventKind.Tagged, version, subject: key);
                return before with { Tags = Tagged(before.Tags, key, value) };
            },
            cancellationToken);
    }

    /// <summary>Puts a version into a stage.</summary>
    /// <param name="archiveOthers">Whether those that are in it leave it for <see cref="ModelStage.Archived"/>, in the same step.</param>
    /// <exception cref="MlOpsException">NotFound <c>model-missing</c>, <c>model-version-missing</c>; Invalid <c>stage-invalid</c>.</exception>
    public Task<ModelVersion> StageAsync(string model, int version, ModelStage stage, bool archiveOthers, string by, CancellationToken cancellationToken)
    {
        if (archiveOthers && stage is not (ModelStage.Staging or ModelStage.Production))
            throw MlOpsException.Invalid("stage-invalid", $"Model version transition cannot archive existing model versions because '{stage}' is not an Active stage. Valid stages are Staging, Production");
        return _changes.ApplyAsync(
            model,
            by,
            async (found, edit) =>
            {
                ModelVersion staged = await _changes.GetVersionAsync(found, version, cancellationToken);
                foreach (int other in archiveOthers ? found.Header.InStage(stage).Where(v => v != version) : [])
                    await MoveAsync(found, edit, other, ModelStage.Archived, cancellationToken);
                edit.Header = edit.Header.WithStage(version, stage);
                edit.Log(ModelEventKind.StageChanged, version, subject: $"{stage}");
                ModelVersion next = staged with { ChangedAt = edit.Now };
                edit.Change(next);
                return edit.Header.Complete(next);
            },
            cancellationToken);
    }

    /// <summary>The newest version of each stage, as far as there is one; in the order of the first versions of the stages, as MLflow's server has them.</summary>
    /// <exception cref="MlOpsException">NotFound <c>model-missing</c>.</exception>
    public async Task<IReadOnlyList<ModelVersion>> NewestByStageAsync(string model, CancellationToken cancellationToken)
    {
        FoundModel found = await _changes.GetAsync(model, cancellationToken);
        var newest = new List<(int First, ModelVersion Version)>();
        foreach ((ModelStage _, IReadOnlyList<int> versions) in found.Header.Stages.Where(s => s.Value.Count > 0))
            newest.Add((versions.Min(), await _changes.GetVersionAsync(found, versions.Max(), cancellationToken)));
        ModelVersion? none = await _table.ListVersionsAsync(found, cancellationToken).FirstOrDefaultAsync(v => v.Stage == ModelStage.None, cancellationToken);
        if (none is not null)
            newest.Add((newest.Count == 0 ? 0 : await FirstWithoutStageAsync(found, none.Version, cancellationToken), none));
        return [.. newest.OrderBy(v => v.First).Select(v => v.Version)];
    }

    /// <summary>About: of a model that lost very many of its first versions the newest stands for it.</summary>
    private async Task<int> FirstWithoutStageAsync(FoundModel found, int newest, CancellationToken cancellationToken)
    {
        for (int version = 1, looks = 0; version < newest && looks < MaxLooks; version++)
        {
            if (found.Header.StageOf(version) != ModelStage.None)
                continue;
            looks++;
            if (await _table.FindVersionAsync(found, version, cancellationToken) is not null)
                return version;
        }

        return newest;
    }

    /// <summary>Removes a version with its aliases; its number is not given again. Whether it is in use callers see to.</summary>
    /// <exception cref="MlOpsException">NotFound <c>model-missing</c>, <c>model-version-missing</c>.</exception>
    public Task<RegisteredModel> DeleteVersionAsync(string model, int version, string by, CancellationToken cancellationToken) => _changes.ApplyAsync(
        model,
        by,
        async (found, edit) =>
        {
            ModelVersion gone = await _changes.GetVersionAsync(found, version, cancellationToken);
            ModelVersion? newest = await _table.ListVersionsAsync(found, cancellationToken).FirstOrDefaultAsync(v => v.Version != version, cancellationToken);
            edit.Remove(gone, newest?.Version ?? 0);
            return edit.Header.ToModel();
        },
        cancellationToken);

    private async Task MoveAsync(FoundModel found, ModelEdit edit, int version, ModelStage stage, CancellationToken cancellationToken)
    {
        edit.Header = edit.Header.WithStage(version, stage);
        // Of so many that a batch has no room for them the time of the change is not kept.
        if (edit.Changed.Count < ModelEdit.MaxChanged)
            edit.Change(await _changes.GetVersionAsync(found, version, cancellationToken) with { ChangedAt = edit.Now });
    }

    private Task<RegisteredModel> ChangeAsync(string model, string by, Action<ModelEdit> change, CancellationToken cancellationToken) => _changes.ApplyAsync(
        model,
        by,
        (_, edit) =>
        {
            change(edit);
            return Task.FromResult(edit.Header.ToModel());
        },
        cancellationToken);

    private Task<ModelVersion> ChangeAsync(string model, int version, string by, Func<ModelEdit, ModelVersion, ModelVersion> change, CancellationToken cancellationToken) => _changes.ApplyAsync(
        model,
        by,
        async (found, edit) =>
        {
            ModelVersion next = change(edit, await _changes.GetVersionAsync(found, version, cancellationToken));
            edit.Change(next);
            return next;
        },
        cancellationToken);

    private static SortedDictionary<string, string> Tagged(IReadOnlyDictionary<string, string> tags, string key, string? value)
    {
        var next = new SortedDictionary<string, string>(tags.ToDictionary(), StringComparer.Ordinal);
        next.Remove(key);
        if (value is not null)
            next[key] = value;
        return next;
    }
}
