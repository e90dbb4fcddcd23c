using MlOps.Domain.Registry;
using MlOps.Domain.Serving.Models;

namespace MlOps.Domain.Serving;

/// <summary>
/// What probes and descriptions ask of versions. None of it counts as a use of a model, and none of it takes the memory of others:
/// signatures are the registry's, and a version is loaded only where there is room for it beside all that is loaded.
/// </summary>
public sealed class ModelReadiness(Router router, ServedVersions versions, ModelCache models)
{
    /// <summary>The asked version, or else the one with the endpoint's stable traffic.</summary>
    /// <exception cref="MlOpsException">NotFound (model, version, alias, endpoint).</exception>
    public async ValueTask<ModelVersion> DescribeAsync(string model, string? versionOrAlias, CancellationToken cancellationToken) => versionOrAlias is { } asked
        ? await versions.ResolveAsync(model, asked, cancellationToken)
        : await versions.GetAsync(model, (await router.StateAsync(model, cancellationToken)).StableVersion ?? throw EndpointStore.Missing(model), cancellationToken);

    /// <summary>How far a version is. One that nobody asked for yet is tried, where there is room; it has a second for that.</summary>
    public ValueTask<ModelState> StateAsync(ModelVersion version, CancellationToken cancellationToken) => models.TryAsync(version, cancellationToken);

    /// <summary>Whether the version would answer.</summary>
    /// <exception cref="MlOpsException">Unavailable: why it could not be loaded, or <c>model-loading</c>; as of <see cref="DescribeAsync"/>.</exception>
    public async Task CheckAsync(string model, string? versionOrAlias, CancellationToken cancellationToken)
    {
        ModelVersion version = await DescribeAsync(model, versionOrAlias, cancellationToken);
        ModelState state = await StateAsync(version, cancellationToken);
        if (state.Error is { } error)
            throw LoadFailure.Of(version, error);
        if (!state.CanAnswer)
            throw new MlOpsException(ErrorKind.Unavailable, "model-loading", $"version {version.Version} of '{version.Model}' is being loaded") { RetryAfter = TimeSpan.FromSeconds(1) };
    }

    /// <summary>How far a version is, as it is: nothing is tried.</summary>
    public ModelState KnownState(ModelVersion version) => models.StateOf(version);

    /// <summary>Loads a version as its first request would: whoever uses memory longest ago goes for it.</summary>
    /// <exception cref="MlOpsException">Unavailable: why it could not be loaded; as of <see cref="DescribeAsync"/>.</exception>
    public async Task LoadAsync(ModelVersion version, CancellationToken cancellationToken)
    {
        try
        {
            await models.GetAsync(version, cancellationToken);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            throw LoadFailure.Of(version, e);
        }
    }

    /// <summary>Lets a model's versions go from memory; who was given one keeps it, and the next request loads it again.</summary>
    public void Unload(string model) => models.Unload(model);

    /// <summary>Whether one of the models' stable versions would answer. Which are loaded is looked at first, so that mostly none is tried.</summary>
    public async Task<bool> AnyAsync(IEnumerable<string> served, CancellationToken cancellationToken)
    {
        var others = new List<ModelVersion>();
        foreach (string model in served)
        {
            if (await FindAsync(model, cancellationToken) is not { } version)
                continue;
            if (models.StateOf(version).Phase == ModelPhase.Loaded)
                return true;
            others.Add(version);
        }

        foreach (ModelVersion version in others)
        {
            if ((await StateAsync(version, cancellationToken)).CanAnswer)
                return true;
        }

        return false;
    }

    /// <summary>Null when the endpoint or its version has gone meanwhile.</summary>
    private async Task<ModelVersion?> FindAsync(string model, CancellationToken cancellationToken)
    {
        try
        {
            return await DescribeAsync(model, null, cancellationToken);
        }
        catch (MlOpsException e) when (e.Kind is ErrorKind.NotFound or ErrorKind.Invalid)
        {
            return null;
        }
    }
}
