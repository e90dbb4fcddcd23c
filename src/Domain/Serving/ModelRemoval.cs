using MlOps.Domain.Registry;

namespace MlOps.Domain.Serving;

/// <summary>
/// Deletes and renames registered models and versions, unless they serve: an endpoint, its history, its log and its policies go by the
/// name and the number.
/// </summary>
public sealed class ModelRemoval(ModelRegistry registry, EndpointStore endpoints)
{
    public const string InUse = "model-in-use";

    /// <summary>Removes a version with its aliases.</summary>
    /// <exception cref="MlOpsException">Conflict <c>model-in-use</c>: it has traffic, or a rollout may give it some; NotFound <c>model-missing</c>, <c>model-version-missing</c>.</exception>
    public async Task<RegisteredModel> DeleteVersionAsync(string model, int version, string by, CancellationToken cancellationToken)
    {
        if (await endpoints.FindAsync(model, cancellationToken) is { } endpoint)
            await CheckAsync(endpoint, version, cancellationToken);
        return await registry.Catalog.DeleteVersionAsync(model, version, by, cancellationToken);
    }

    /// <summary>Removes a model with all its versions.</summary>
    /// <exception cref="MlOpsException">Conflict <c>model-in-use</c>: it has an endpoint; NotFound <c>model-missing</c>.</exception>
    public async Task DeleteAsync(string model, CancellationToken cancellationToken)
    {
        await CheckAsync(model, cancellationToken);
        await registry.Catalog.DeleteAsync(model, cancellationToken);
    }

    /// <summary>Gives a model another name.</summary>
    /// <exception cref="MlOpsException">Conflict <c>model-in-use</c>: it has an endpoint; <c>model-exists</c>; NotFound <c>model-missing</c>.</exception>
    public async Task<RegisteredModel> RenameAsync(string model, string newName, string by, CancellationToken cancellationToken)
    {
        await CheckAsync(model, cancellationToken);
        return await registry.Catalog.RenameAsync(model, newName, by, cancellationToken);
    }

    /// <summary>Also a version without traffic may be what a rollout goes on to, or back to: those have these aliases.</summary>
    private async Task CheckAsync(Endpoint endpoint, int version, CancellationToken cancellationToken)
    {
        string model = endpoint.Model;
        if (endpoint.Uses(version))
            throw MlOpsException.Conflict(InUse, $"version {version} of '{model}' has traffic: roll another version out first (mlops rollout start {model} VERSION)");
        IReadOnlyDictionary<string, int> aliases = (await registry.GetModelAsync(model, cancellationToken)).Aliases;
        if (RegistryLimits.OfRollouts.FirstOrDefault(a => aliases.TryGetValue(a, out int at) && at == version) is { } alias)
            throw MlOpsException.Conflict(InUse, $"version {version} of '{model}' is its {alias}, which a rollout or its rollback gives the traffic: move or remove that alias first (mlops model alias)");
    }

    private async Task CheckAsync(string model, CancellationToken cancellationToken)
    {
        if (await endpoints.FindAsync(model, cancellationToken) is not null)
            throw MlOpsException.Conflict(InUse, $"'{model}' has an endpoint, whose history and log go by that name: delete its versions without traffic, or register under another name");
    }
}
