using System.Runtime.CompilerServices;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Registry;

/// <summary>
/// Registered models, their versions and aliases. Each change is atomic, leaves an event, names its actor
/// (<c>by</c>: a principal, a workflow instance, a person) and is safe to repeat.
/// </summary>
public sealed class ModelRegistry(IEntityTable tables, TimeProvider time)
{
    private readonly RegistryTable _table = new(tables);

    /// <summary>Registers a trained model as the next version; a run that is registered already keeps its version.</summary>
    /// <exception cref="MlOpsException">Conflict <c>run-registered</c>: that run is registered with another model file. Invalid <c>model-name</c>.</exception>
    public async Task<ModelVersion> RegisterAsync(string model, ModelRegistration registration, string by, CancellationToken cancellationToken)
    {
        RegistryLimits.CheckModel(model);
        RegistryLimits.Check(registration);
        await _table.AddToIndexAsync(model, cancellationToken);
        while (true)
        {
            if (await FindRegisteredAsync(model, registration, cancellationToken) is { } registered)
                return registered;
            if (await TryRegisterAsync(model, registration, by, cancellationToken) is { } added)
                return added;
        }
    }

    /// <exception cref="MlOpsException">NotFound <c>model-missing</c>, <c>model-version-missing</c> or <c>alias-missing</c>; the message names what there is.</exception>
    public async Task<ModelVersion> ResolveAsync(ModelSelector selector, CancellationToken cancellationToken)
    {
        ModelHeader header = await HeaderAsync(selector.Model, cancellationToken);
        return await VersionAsync(header, VersionOf(header, selector), cancellationToken);
    }

    public Task<ModelVersion> GetVersionAsync(string model, int version, CancellationToken cancellationToken) =>
        ResolveAsync(new ModelSelector(model, version), cancellationToken);

    /// <exception cref="MlOpsException">NotFound <c>model-missing</c>.</exception>
    public async Task<RegisteredModel> GetModelAsync(string model, CancellationToken cancellationToken) =>
        (await HeaderAsync(model, cancellationToken)).ToModel();

    /// <summary>All models in ordinal order of the name.</summary>
    public async Task<IReadOnlyList<RegisteredModel>> ListModelsAsync(CancellationToken cancellationToken)
    {
        var models = new List<RegisteredModel>();
        await foreach (string name in _table.ListNamesAsync(cancellationToken))
        {
            if (await _table.FindHeaderAsync(name, cancellationToken) is { } found)
                models.Add(found.Header.ToModel());
        }

        return [.. models.OrderBy(m => m.Name, StringComparer.Ordinal)];
    }

    /// <summary>All versions, newest first.</summary>
    /// <exception cref="MlOpsException">NotFound <c>model-missing</c>.</exception>
    public async Task<IReadOnlyList<ModelVersion>> ListVersionsAsync(string model, CancellationToken cancellationToken)
    {
        ModelHeader header = await HeaderAsync(model, cancellationToken);
        var versions = new List<ModelVersion>();
        await foreach (ModelVersion version in _table.ListVersionsAsync(model, cancellationToken))
            versions.Add(version with { Aliases = header.AliasesOf(version.Version) });
        return versions;
    }

    /// <summary>Points an alias to a version. See <see cref="AliasChange"/> for <paramref name="expected"/>.</summary>
    public Task SetAliasAsync(string model, string alias, int version, int? expected, string by, CancellationToken cancellationToken) =>
        ChangeAliasesAsync(model, [new AliasChange(alias, version, expected)], by, cancellationToken);

    /// <summary>Removes an alias; one that does not exist is fine.</summary>
    public Task DeleteAliasAsync(string model, string alias, string by, CancellationToken cancellationToken) =>
        ChangeAliasesAsync(model, [new AliasChange(alias, null)], by, cancellationToken);

    /// <summary>Moves several aliases in one step: all of them or none.</summary>
    /// <exception cref="MlOpsException">Conflict <c>alias-moved</c>; NotFound <c>model-missing</c>, <c>model-version-missing</c>; Invalid <c>alias-name</c>.</exception>
    public async Task<RegisteredModel> ChangeAliasesAsync(string model, IReadOnlyList<AliasChange> changes, string by, CancellationToken cancellationToken)
    {
        foreach (AliasChange change in changes)
            RegistryLimits.CheckAlias(change.Alias);
        while (true)
        {
            (ModelHeader header, string etag) = await _table.FindHeaderAsync(RegistryLimits.CheckModel(model), cancellationToken) ?? throw await MissingAsync(model, cancellationToken);
            foreach (int version in changes.Select(c => c.Version).OfType<int>())
                CheckVersion(header, version);
            (ModelHeader moved, List<ModelEvent> events) = Move(header, changes, by);
            if (events.Count == 0 || await _table.TryCommitAsync(moved, etag, null, events, cancellationToken))
                return moved.ToModel();
        }
    }

    /// <summary>What happened to a model, newest first.</summary>
    public async IAsyncEnumerable<ModelEvent> ListEventsAsync(string model, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await HeaderAsync(model, cancellationToken);
        await foreach (ModelEvent entry in _table.ListEventsAsync(model, cancellationToken))
            yield return entry;
    }

    /// <summary>From data to model version; <paramref name="deployments"/> continue the line where the caller knows them.</summary>
    public async Task<ModelLineageView> LineageAsync(string model, int version, IReadOnlyList<LineageDeployment> deployments, CancellationToken cancellationToken)
    {
        ModelVersion found = await GetVersionAsync(model, version, cancellationToken);
        return new ModelLineageView(found.Lineage, found.RunId, found, deployments);
    }

    public Task<ModelLineageView> LineageAsync(string model, int version, CancellationToken cancellationToken) =>
        LineageAsync(model, version, [], cancellationToken);

    private async Task<ModelVersion?> FindRegisteredAsync(string model, ModelRegistration registration, CancellationToken cancellationToken)
    {
        if (await _table.FindVersionOfRunAsync(model, registration.RunId, cancellationToken) is not { } number)
            return null;
        ModelVersion version = await GetVersionAsync(model, number, cancellationToken);
        return version.ModelDigest == registration.ModelDigest ? version : throw MlOpsException.Conflict("run-registered",
            $"run '{registration.RunId}' is version {number} of '{model}' with model file {version.ModelDigest}, not {registration.ModelDigest}: register another model under another run");
    }

    private async Task<ModelVersion?> TryRegisterAsync(string model, ModelRegistration registration, string by, CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow();
        (ModelHeader Header, string ETag)? found = await _table.FindHeaderAsync(model, cancellationToken);
        ModelHeader before = found?.Header ?? ModelHeader.New(model, now);
        ModelHeader after = before with { LatestVersion = before.LatestVersion + 1, Revision = before.Revision + 1, UpdatedAt = now };
        ModelVersion version = Version(model, after.LatestVersion, registration, now, by);
        var entry = new ModelEvent(after.Revision, now, by, ModelEventKind.Registered, version.Version);
        return await _table.TryCommitAsync(after, found?.ETag, version, [entry], cancellationToken) ? version : null;
    }

    private static ModelVersion Version(string model, int number, ModelRegistration r, DateTimeOffset now, string by) => new(
        model, number, r.RunId, r.ModelDigest, r.ModelSize, r.Trainer, r.Signature, r.Metrics, r.Lineage, r.Description, now, by);

    private (ModelHeader Header, List<ModelEvent> Events) Move(ModelHeader header, IReadOnlyList<AliasChange> changes, string by)
    {
        DateTimeOffset now = time.GetUtcNow();
        var events = new List<ModelEvent>();
        foreach (AliasChange change in changes)
        {
            if (header.Move(change) is not { } moved)
                continue;
            int? previous = header.Aliases.TryGetValue(change.Alias, out int old) ? old : null;
            header = moved with { Revision = header.Revision + 1, UpdatedAt = now };
            ModelEventKind kind = change.Version is null ? ModelEventKind.AliasDeleted : ModelEventKind.AliasSet;
            events.Add(new ModelEvent(header.Revision, now, by, kind, change.Version, change.Alias, previous));
        }

        return (header, events);
    }

    private static int VersionOf(ModelHeader header, ModelSelector selector)
    {
        if (selector.Version is { } version)
            return version;
        if (selector.Alias == RegistryLimits.Latest)
            return header.LatestVersion;
        if (selector.Alias is null)
            return header.Aliases.GetValueOrDefault(RegistryLimits.Champion, header.LatestVersion);
        return header.Aliases.TryGetValue(selector.Alias, out int aliased) ? aliased : throw MlOpsException.NotFound("alias-missing",
            $"model '{header.Name}' has no alias '{selector.Alias}': it has {Listed(header.Aliases.Select(a => $"'{a.Key}' (version {a.Value})"))}");
    }

    private async Task<ModelVersion> VersionAsync(ModelHeader header, int version, CancellationToken cancellationToken)
    {
        CheckVersion(header, version);
        ModelVersion found = (await _table.FindVersionAsync(header.Name, version, cancellationToken))!;
        return found with { Aliases = header.AliasesOf(version) };
    }

    private static void CheckVersion(ModelHeader header, int version)
    {
        if (version < 1 || version > header.LatestVersion)
            throw MlOpsException.NotFound("model-version-missing", $"model '{header.Name}' has no version {version}: its versions are 1 to {header.LatestVersion}");
    }

    private async Task<ModelHeader> HeaderAsync(string model, CancellationToken cancellationToken)
    {
        RegistryLimits.CheckModel(model);
        return (await _table.FindHeaderAsync(model, cancellationToken) ?? throw await MissingAsync(model, cancellationToken)).Header;
    }

    private async Task<MlOpsException> MissingAsync(string model, CancellationToken cancellationToken)
    {
        IReadOnlyList<RegisteredModel> models = await ListModelsAsync(cancellationToken);
        return MlOpsException.NotFound("model-missing", $"there is no registered model '{model}': there is {Listed(models.Select(m => $"'{m.Name}'"))}");
    }

    private static string Listed(IEnumerable<string> names)
    {
        string[] shown = [.. names.Take(11)];
        return shown.Length switch { 0 => "none yet", > 10 => string.Join(", ", shown[..10]) + ", ...", _ => string.Join(", ", shown) };
    }
}
