using MlOps.Api.Http;
using MlOps.Domain;
using MlOps.Domain.Registry;

namespace MlOps.Api.Serving;

/// <summary>
/// Which model a request means whose path names none: the one in its query (<c>?model=</c>) or header (ours, or
/// SageMaker's of a multi-model endpoint), else the only one that
/// has an endpoint, else the host's default.
/// </summary>
internal sealed class DefaultModel(Platform platform, ApiOptions options)
{
    /// <exception cref="MlOpsException">Invalid <c>model-unnamed</c>, with the names there are.</exception>
    public async ValueTask<ModelSelector> SelectAsync(ApiCall call, string? named = null)
    {
        if ((named ?? Named(call)) is { } asked)
            return ModelSelector.Parse(asked);
        return await UnnamedAsync(call.Aborted) ?? throw Unnamed(await platform.Served.NamesAsync(call.Aborted));
    }

    /// <summary>The only model that is served, where that was seen a moment before; else null.</summary>
    public string? Only(long now) => platform.Served.Young(now) is [var only] ? only : null;

    /// <summary>As <see cref="SelectAsync"/>, or null where a request would have to name one.</summary>
    public ValueTask<ModelSelector?> FindAsync(ApiCall call) => Named(call) is { } asked ? new(ModelSelector.Parse(asked)) : UnnamedAsync(call.Aborted);

    /// <summary>The model of a request that names none, or null where it would have to.</summary>
    public async ValueTask<ModelSelector?> UnnamedAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<string> served = await platform.Served.NamesAsync(cancellationToken);
        if (served.Count == 1)
            return new ModelSelector(served[0]);
        return options.DefaultModel is { } chosen ? ModelSelector.Parse(chosen) : null;
    }

    private static string? Named(ApiCall call) => call.Query("model") ?? ServingHeaders.ModelNamed(call);

    private static MlOpsException Unnamed(IReadOnlyList<string> served) => MlOpsException.Invalid("model-unnamed", served.Count == 0
        ? "the request names no model, and none is served yet: roll one out, or name one with ?model=NAME"
        : $"the request names no model, and {served.Count} are served: add ?model= with one of {string.Join(", ", served.Take(20).Select(s => $"'{s}'"))}");
}
