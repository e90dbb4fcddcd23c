using MlOps.Api.Http;
using MlOps.Domain;
using MlOps.Domain.Registry;
using MlOps.Domain.Serving;

namespace MlOps.Api.Serving;

/// <summary>
/// Which model a request means whose path names none: the one in its query (<c>?model=</c>) or header, else the only one that
/// has an endpoint, else the host's default.
/// </summary>
internal sealed class DefaultModel(Platform platform, ApiOptions options)
{
    private static readonly TimeSpan Remembered = TimeSpan.FromSeconds(1);

    private Known? _known;

    /// <exception cref="MlOpsException">Invalid <c>model-unnamed</c>, with the names there are.</exception>
    public async ValueTask<ModelSelector> SelectAsync(ApiCall call, string? named = null)
    {
        string? header = ServingHeaders.Text(call, ServingHeaders.Model);
        if ((named ?? call.Query("model") ?? (header is null ? null : Uri.UnescapeDataString(header))) is { } asked)
            return ModelSelector.Parse(asked);
        return await UnnamedAsync(call.Aborted);
    }

    /// <summary>The model of a request that names none.</summary>
    /// <exception cref="MlOpsException">Invalid <c>model-unnamed</c>, with the names there are.</exception>
    public async ValueTask<ModelSelector> UnnamedAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<string> served = await ServedAsync(cancellationToken);
        if (served.Count == 1)
            return new ModelSelector(served[0]);
        return options.DefaultModel is { } chosen ? ModelSelector.Parse(chosen) : throw Unnamed(served);
    }

    private static MlOpsException Unnamed(IReadOnlyList<string> served) => MlOpsException.Invalid("model-unnamed", served.Count == 0
        ? "the request names no model, and none is served yet: roll one out, or name one with ?model=NAME"
        : $"the request names no model, and {served.Count} are served: add ?model= with one of {string.Join(", ", served.Take(20).Select(s => $"'{s}'"))}");

    private async ValueTask<IReadOnlyList<string>> ServedAsync(CancellationToken cancellationToken)
    {
        Known? known = _known;
        if (known is not null && platform.Ports.Time.GetElapsedTime(known.At) < Remembered)
            return known.Models;
        long at = platform.Ports.Time.GetTimestamp();
        var models = new List<string>();
        await foreach (Endpoint endpoint in platform.Endpoints.ListAsync(cancellationToken))
        {
            if (endpoint.StableVersion is not null)
                models.Add(endpoint.Model);
        }

        _known = new Known(models, at);
        return models;
    }

    private sealed record Known(IReadOnlyList<string> Models, long At);
}
