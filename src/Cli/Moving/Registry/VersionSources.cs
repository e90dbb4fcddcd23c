using System.Globalization;
using System.Text.RegularExpressions;
using MlOps.Cli.Moving.LoggedModels;
using MlOps.Domain.Experiments;

namespace MlOps.Cli.Moving.Registry;

/// <summary>
/// Where the files of a copied version are: of a moved run, logged model or version in the copy of that. Places that were not moved, such as
/// buckets, stay as they are.
/// </summary>
/// <param name="numbers">Numbers of versions in the target by model and number of the source.</param>
internal sealed partial class VersionSources(IMoveSource source, RunLookup runs, ModelLookup models, IReadOnlyDictionary<(string Model, int Number), int> numbers)
{
    private const string Runs = "runs:/";
    private const string Models = "models:/";

    /// <summary>The id of the logged model that a source names, <c>models:/m-1</c>; null when it names none.</summary>
    public static string? LoggedModelOf(string source) =>
        source.StartsWith(Models, StringComparison.Ordinal) && source.IndexOfAny(['/', '@'], Models.Length) < 0 ? source[Models.Length..] : null;

    public async Task<string> OfAsync(MovedVersion version, CancellationToken cancellationToken)
    {
        string uri = version.Source;
        if (uri.StartsWith(Runs, StringComparison.Ordinal))
            return await OfRunAsync(uri, cancellationToken);
        if (!uri.StartsWith(Models, StringComparison.Ordinal))
            return await OfPlaceAsync(uri, version.RunId, cancellationToken);
        if (LoggedModelOf(uri) is { } logged)
            return await models.FindAsync(logged, cancellationToken) is { } model ? Models + model : uri;
        string named = uri[Models.Length..];
        int slash = named.LastIndexOf('/');
        if (slash > 0 && int.TryParse(named[(slash + 1)..], CultureInfo.InvariantCulture, out int number) && numbers.TryGetValue((named[..slash], number), out int there))
            return $"{Models}{named[..slash]}/{RegistryAnswers.Text(there)}";
        // The version that it is a copy of is not there: then it is the files themselves.
        return await source.LocationAsync(version, cancellationToken) is { Length: > 0 } place && !place.StartsWith(Models, StringComparison.Ordinal)
            ? place.StartsWith(Runs, StringComparison.Ordinal) ? await OfRunAsync(place, cancellationToken) : await OfPlaceAsync(place, version.RunId, cancellationToken)
            : uri;
    }

    private async Task<string> OfRunAsync(string uri, CancellationToken cancellationToken)
    {
        string[] parts = uri[Runs.Length..].Split('/', 2);
        return await runs.FindAsync(parts[0], cancellationToken) is { } run ? $"{Runs}{run.Id}{(parts.Length > 1 ? "/" + parts[1] : "")}" : uri;
    }

    /// <summary>Below the artifacts of a run, <c>.../[id]/artifacts/model</c>, or those of a logged model.</summary>
    private async Task<string> OfPlaceAsync(string uri, string? runId, CancellationToken cancellationToken)
    {
        if (LoggedModel().Match(uri) is { Success: true } model && await models.FindAsync(model.Groups["id"].Value, cancellationToken) is { } modelId)
            return Models + modelId;
        Match below = Run().Match(uri);
        string? id = runId is not null && uri.Contains($"/{runId}/{ArtifactUris.RunFolder}", StringComparison.Ordinal) ? runId : below.Success ? below.Groups["id"].Value : null;
        if (id is null || await runs.FindAsync(id, cancellationToken) is not { } run)
            return uri;
        string root = $"/{id}/{ArtifactUris.RunFolder}";
        string rest = uri[(uri.IndexOf(root, StringComparison.Ordinal) + root.Length)..].TrimEnd('/');
        return run.ArtifactUri.TrimEnd('/') + rest;
    }

    [GeneratedRegex("/models/(?<id>m-[0-9a-f]{32})/artifacts/?$")]
    private static partial Regex LoggedModel();

    [GeneratedRegex("/(?<id>[0-9a-f]{32})/artifacts(/|$)")]
    private static partial Regex Run();
}
