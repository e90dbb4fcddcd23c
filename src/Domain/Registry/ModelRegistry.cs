using System.Runtime.CompilerServices;
using MlOps.Domain.Registry.Search;
using MlOps.Domain.Registry.Sources;
using MlOps.Domain.Storage;
using MlOps.Domain.Webhooks;

namespace MlOps.Domain.Registry;

/// <summary>
/// Registered models, their versions and aliases. Each change is atomic, leaves an event, names its actor
/// (<c>by</c>: a principal, a workflow instance, a person) and is safe to repeat.
/// </summary>
public sealed class ModelRegistry
{
    internal const string RemovingCode = ModelNames.RemovingCode;

    private readonly RegistryTable _table;
    private readonly RegistryChanges _changes;
    private readonly SourceImports? _imports;

    /// <param name="imports">Makes models of what MLflow's clients register. Null: those versions have no model here.</param>
    /// <param name="webhooks">Tells who wants to know of changes. Null: nobody is told.</param>
    /// <param name="forget">Removes what is kept by the name of a model that is deleted. Null: nothing is.</param>
    public ModelRegistry(IEntityTable tables, TimeProvider time, SourceImports? imports = null, WebhookQueue? webhooks = null, ForgetModel? forget = null)
    {
        _table = new RegistryTable(tables);
        _changes = new RegistryChanges(_table, time, webhooks, forget);
        _imports = imports;
        Catalog = new ModelCatalog(_table, _changes);
        Search = new RegistrySearch(_table);
    }

    /// <summary>What people say of models and versions: made, renamed, described, tagged, staged, deleted.</summary>
    public ModelCatalog Catalog { get; }

    /// <summary>Finds models and versions by what is said of them.</summary>
    public RegistrySearch Search { get; }

    /// <summary>Registers a trained model as the next version; a run that is registered already keeps its version.</summary>
    /// <exception cref="MlOpsException">Conflict <c>run-registered</c>: that run is registered with another model file. Invalid <c>model-name</c>.</exception>
    public Task<ModelVersion> RegisterAsync(string model, ModelRegistration registration, string by, CancellationToken cancellationToken)
    {
        RegistryLimits.Check(registration);
        return _changes.ApplyToNewAsync(
            model,
            by,
            async (found, edit) => await FindRegisteredAsync(found, registration, cancellationToken)
                ?? edit.Add(null, number => ModelVersion.Of(model, number, registration, edit.Now, by)),
            cancellationToken);
    }

    /// <summary>Registers files of an MLflow client as the next version of a model that there is; each call makes another.</summary>
    /// <exception cref="MlOpsException">NotFound <c>model-missing</c>; Conflict <c>version-taken</c>; Invalid <c>description-too-long</c>, <c>tag-invalid</c>, <c>source-too-long</c>, <c>version-number</c>.</exception>
    public Task<ModelVersion> RegisterAsync(string model, SourceRegistration source, string by, CancellationToken cancellationToken)
    {
        RegistryLimits.Check(source);
        return _changes.ApplyAsync(
            model, by, (_, edit) => Task.FromResult(edit.Add(source.Number, number => ModelVersion.Of(model, number, source, edit.Now, by))), cancellationToken);
    }

    /// <summary>
    /// A version with its model, which is imported when an MLflow client registered it and nobody asked for it before. A newest version whose
    /// files hold no model that is read here does not stand for the name while another one has a model.
    /// </summary>
    /// <exception cref="MlOpsException">
    /// NotFound <c>model-missing</c>, <c>model-version-missing</c> or <c>alias-missing</c>, the message names what there is; Invalid
    /// <c>model-not-importable</c>, the message says how it would be; and as of <see cref="ModelImports.ImportAsync"/>.
    /// </exception>
    public async Task<ModelVersion> ResolveAsync(ModelSelector selector, CancellationToken cancellationToken)
    {
        ModelVersion version = await FindAsync(selector, cancellationToken);
        if (version.HasModel)
            return version;
        try
        {
            return await ImportAsync(version, cancellationToken);
        }
        catch (MlOpsException e) when (selector is { Version: null, Alias: null } && e.Code == SourceErrors.NotImportable)
        {
            if ((await ListVersionsAsync(selector.Model, cancellationToken)).FirstOrDefault(v => v.HasModel) is { } other)
                return other;
            throw;
        }
    }

    /// <inheritdoc cref="ResolveAsync"/>
    public Task<ModelVersion> GetVersionAsync(string model, int version, CancellationToken cancellationToken) =>
        ResolveAsync(new ModelSelector(model, version), cancellationToken);

    /// <summary>A version as it stands, which may be without a model (<see cref="ModelVersion.HasModel"/>).</summary>
    /// <exception cref="MlOpsException">NotFound <c>model-missing</c>, <c>model-version-missing</c> or <c>alias-missing</c>; the message names what there is.</exception>
    public async Task<ModelVersion> FindAsync(ModelSelector selector, CancellationToken cancellationToken)
    {
        FoundModel model = await _changes.GetAsync(selector.Model, cancellationToken);
        return await _changes.GetVersionAsync(model, VersionOf(model.Header, selector), cancellationToken);
    }

    /// <exception cref="MlOpsException">NotFound <c>model-missing</c>.</exception>
    public async Task<RegisteredModel> GetModelAsync(string model, CancellationToken cancellationToken) =>
        (await _changes.GetAsync(model, cancellationToken)).Header.ToModel();

    /// <summary>All models in ordinal order of the name.</summary>
    public async Task<IReadOnlyList<RegisteredModel>> ListModelsAsync(CancellationToken cancellationToken)
    {
        List<RegisteredModel> models = await _table.ListAsync(cancellationToken).Select(m => m.Header.ToModel()).ToListAsync(cancellationToken);
        return [.. models.OrderBy(m => m.Name, StringComparer.Ordinal)];
    }

    /// <summary>Names of models, and those that models gave up and of which something is still to be removed.</summary>
    internal IAsyncEnumerable<string> ListNamesAsync(CancellationToken cancellationToken) => _table.Names.ListKeptAsync(cancellationToken);

    /// <summary>Names that models gave up before a time, or whose removal was broken off, and of which something is still to be removed: <see cref="FinishRemovalAsync"/>.</summary>
    internal IAsyncEnumerable<string> ListGivenUpAsync(DateTimeOffset before, DateTimeOffset now, CancellationToken cancellationToken) => _table.Names.ListLeftAsync(before, now, cancellationToken);

    /// <summary>Removes what is left by a name; safe to repeat.</summary>
    /// <returns>Whether there was something.</returns>
    /// <exception cref="MlOpsException">Unavailable <c>model-removing</c>: somebody else is at it.</exception>
    internal Task<bool> FinishRemovalAsync(string name, CancellationToken cancellationToken) => _changes.FinishRemovalAsync(name, cancellationToken);

    /// <summary>Whether what happened by the name at a time was of a model that has it no longer.</summary>
    internal Task<bool> IsFormersAsync(string name, DateTimeOffset at, CancellationToken cancellationToken) => _table.Names.IsFormersAsync(name, at, cancellationToken);

    /// <summary>All versions as they stand, newest first.</summary>
    /// <exception cref="MlOpsException">NotFound <c>model-missing</c>.</exception>
    public async Task<IReadOnlyList<ModelVersion>> ListVersionsAsync(string model, CancellationToken cancellationToken) =>
        await _table.ListVersionsAsync(await _changes.GetAsync(model, cancellationToken), cancellationToken).ToListAsync(cancellationToken);

    /// <summary>The digests of the models of all versions, of models that all had their names at one moment.</summary>
    public async Task<IReadOnlySet<string>> ListDigestsAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            List<(string Name, string Partition)> names = await _table.Names.ListAsync(cancellationToken).ToListAsync(cancellationToken);
            HashSet<string> digests = await _table.AllAsync(cancellationToken).Select(v => v.Version.ModelDigest).ToHashSetAsync(cancellationToken: cancellationToken);
            if (names.SequenceEqual(await _table.Names.ListAsync(cancellationToken).ToListAsync(cancellationToken)))
                return digests;
        }
    }

    /// <summary>Points an alias to a version. See <see cref="AliasChange"/> for <paramref name="expected"/>.</summary>
    public Task SetAliasAsync(string model, string alias, int version, int? expected, string by, CancellationToken cancellationToken) =>
        ChangeAliasesAsync(model, [new AliasChange(alias, version, expected)], by, cancellationToken);

    /// <summary>Removes an alias; one that does not exist is fine.</summary>
    public Task DeleteAliasAsync(string model, string alias, string by, CancellationToken cancellationToken) =>
        ChangeAliasesAsync(model, [new AliasChange(alias, null)], by, cancellationToken);

    /// <summary>Moves several aliases in one step: all of them or none.</summary>
    /// <exception cref="MlOpsException">Conflict <c>alias-moved</c>; NotFound <c>model-missing</c>, <c>model-version-missing</c>; Invalid <c>alias-name</c>.</exception>
    public Task<RegisteredModel> ChangeAliasesAsync(string model, IReadOnlyList<AliasChange> changes, string by, CancellationToken cancellationToken)
    {
        foreach (AliasChange change in changes)
            RegistryLimits.CheckAlias(change.Alias);
        return _changes.ApplyAsync(
            model,
            by,
            async (found, edit) =>
            {
                foreach (int version in changes.Select(c => c.Version).OfType<int>().Distinct())
                    await _changes.GetVersionAsync(found, version, cancellationToken);
                foreach (AliasChange change in changes)
                    edit.Move(change);
                return edit.Header.ToModel();
            },
            cancellationToken);
    }

    /// <summary>Where an alias pointed, newest first; empty when it never did.</summary>
    /// <exception cref="MlOpsException">NotFound <c>model-missing</c>.</exception>
    public async Task<IReadOnlyList<AliasPeriod>> AliasHistoryAsync(string model, string alias, CancellationToken cancellationToken) =>
        AliasHistory.Of(alias, await ListEventsAsync(model, cancellationToken).ToListAsync(cancellationToken)).Periods;

    /// <summary>Points an alias to where it pointed before; done twice, to where it pointed before that. Versions that were deleted are left out.</summary>
    /// <param name="expected">As of <see cref="AliasChange"/>.</param>
    /// <exception cref="MlOpsException">Conflict <c>alias-no-previous</c>, <c>alias-moved</c>; NotFound <c>model-missing</c>.</exception>
    public Task<RegisteredModel> RollBackAliasAsync(string model, string alias, int? expected, string by, CancellationToken cancellationToken) => _changes.ApplyAsync(
        model,
        by,
        async (found, edit) =>
        {
            AliasHistory history = AliasHistory.Of(RegistryLimits.CheckAlias(alias), await _table.ListEventsAsync(found, cancellationToken).ToListAsync(cancellationToken));
            edit.Move(new AliasChange(alias, history.Previous(model), expected), ModelEventKind.AliasRolledBack);
            return edit.Header.ToModel();
        },
        cancellationToken);

    /// <summary>What happened to a model, newest first.</summary>
    public async IAsyncEnumerable<ModelEvent> ListEventsAsync(string model, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (ModelEvent entry in _table.ListEventsAsync(await _changes.GetAsync(model, cancellationToken), cancellationToken))
            yield return entry;
    }

    /// <summary>Whether a change that webhooks are to be told of was made.</summary>
    public Task<bool> WasMadeAsync(WebhookOrigin origin, CancellationToken cancellationToken) => _table.WasMadeAsync(origin, cancellationToken);

    /// <summary>From data to model version; <paramref name="deployments"/> continue the line where the caller knows them.</summary>
    public async Task<ModelLineageView> LineageAsync(string model, int version, IReadOnlyList<LineageDeployment> deployments, CancellationToken cancellationToken)
    {
        ModelVersion found = await FindAsync(new ModelSelector(model, version), cancellationToken);
        return new ModelLineageView(found.Lineage, found.RunId, found, deployments);
    }

    public Task<ModelLineageView> LineageAsync(string model, int version, CancellationToken cancellationToken) =>
        LineageAsync(model, version, [], cancellationToken);

    private async Task<ModelVersion?> FindRegisteredAsync(FoundModel model, ModelRegistration registration, CancellationToken cancellationToken)
    {
        if (await _table.FindVersionOfRunAsync(model, registration.RunId, cancellationToken) is not { } number
            || await _table.FindVersionAsync(model, number, cancellationToken) is not { } version)
            return null;
        return version.ModelDigest == registration.ModelDigest ? version : throw MlOpsException.Conflict("run-registered",
            $"run '{registration.RunId}' is version {number} of '{model.Header.Name}' with model file {version.ModelDigest}, not {registration.ModelDigest}: register another model under another run");
    }

    private async Task<ModelVersion> ImportAsync(ModelVersion version, CancellationToken cancellationToken)
    {
        ImportedSource imported = await (_imports ?? throw SourceErrors.NotHere(version)).ImportAsync(version, cancellationToken);
        return await _changes.ApplyAsync(
            version.Model,
            version.CreatedBy,
            async (found, edit) =>
            {
                ModelVersion now = await _changes.GetVersionAsync(found, version.Version, cancellationToken);
                if (now.HasModel)
                    return now;
                ModelVersion next = imported.Over(now);
                edit.Change(next);
                edit.Log(ModelEventKind.Imported, version.Version);
                return next;
            },
            cancellationToken);
    }

    private static int VersionOf(ModelHeader header, ModelSelector selector)
    {
        if (selector.Version is { } version)
            return version;
        if (selector.Alias == RegistryLimits.Latest || header.NewestVersion == 0)
            return header.NewestVersion;
        if (selector.Alias is null)
            return header.Aliases.GetValueOrDefault(RegistryLimits.Champion, header.NewestVersion);
        return header.Aliases.TryGetValue(selector.Alias, out int aliased) ? aliased : throw MlOpsException.NotFound("alias-missing",
            $"model '{header.Name}' has no alias '{selector.Alias}': it has {RegistryChanges.Listed(header.Aliases.Select(a => $"'{a.Key}' (version {a.Value})"))}");
    }
}
