using System.Text.RegularExpressions;
using MlOps.Domain;
using MlOps.Domain.Experiments;
using MlOps.Domain.Registry;
using MlOps.Domain.Registry.Search;

namespace MlOps.Api.Protocols.Mlflow;

/// <summary>Where the files of a version are: what clients may say of it, and what they are told.</summary>
internal sealed partial class ModelSources(Platform platform)
{
    private const string Models = "models:/";
    private const string Runs = "runs:/";

    /// <summary>The field <c>source</c> of a new version, with what goes with it.</summary>
    /// <exception cref="MlOpsException">Invalid <c>field-invalid</c>; NotFound for what <c>models:/...</c> names.</exception>
    public async Task<SourceRegistration> ReadAsync(MlflowFields fields, CancellationToken cancellationToken)
    {
        string uri = fields.RequiredText("source");
        var source = new SourceRegistration(uri, uri)
        {
            RunId = Given(fields, "run_id"),
            RunLink = Given(fields, "run_link"),
            ModelId = Given(fields, "model_id"),
            Description = fields.Text("description"),
            Number = fields.Integer("version", 1, RegistryLimits.MostVersion),
            CreatedAt = fields.Integer("creation_timestamp") is { } created ? UnixTime.Of(created) : null,
            Tags = RegistryFields.Tags(fields),
        };
        if (Prompts.Is(source.Tags))
            return source;
        if (IsLocal(uri))
            await CheckLocalAsync(uri, source.RunId, cancellationToken);
        else
            CheckPath(uri);
        return uri.StartsWith(Models, StringComparison.Ordinal) ? await OfModelAsync(source, cancellationToken) : source;
    }

    /// <summary>Where a client downloads a version.</summary>
    public async Task<string> LocationAsync(ModelVersion version, CancellationToken cancellationToken)
    {
        if (version.Source is { } source)
            return source.Location;
        try
        {
            return $"{ArtifactUris.OfRun(await platform.Experiments.GetRunAsync(version.RunId, cancellationToken))}/model";
        }
        catch (MlOpsException e) when (e.Kind == ErrorKind.NotFound)
        {
            return version.SourceUri;
        }
    }

    /// <summary>The path of a version's files in this server's own store.</summary>
    /// <exception cref="MlOpsException">Invalid <c>artifact-elsewhere</c>; NotFound for the run that its address names.</exception>
    public async Task<string> FolderAsync(ModelVersion version, CancellationToken cancellationToken)
    {
        string location = await LocationAsync(version, cancellationToken);
        if (ArtifactUris.PathOf(location) is { } path)
            return path;
        string[] parts = location.StartsWith(Runs, StringComparison.Ordinal) ? location[Runs.Length..].Trim('/').Split('/', 2) : [];
        string root = parts is [{ Length: > 0 } run, ..] ? ArtifactUris.OfRun(await platform.Experiments.GetRunAsync(run, cancellationToken)) : location;
        return ArtifactUris.PathOf(root) is { } folder
            ? string.Join('/', [folder, .. parts[1..]])
            : throw MlOpsException.Invalid("artifact-elsewhere", $"its artifacts lie at {root}, which this server does not read: read them there");
    }

    /// <summary>A logged model, <c>models:/m-1</c>, or a copy of a version, <c>models:/churn/3</c>.</summary>
    private async Task<SourceRegistration> OfModelAsync(SourceRegistration source, CancellationToken cancellationToken)
    {
        string named = source.Uri[Models.Length..];
        if (named.IndexOfAny(['/', '@']) < 0 && await platform.Experiments.Models.FindAsync(named, cancellationToken) is { } logged)
            return source with { Location = ArtifactUris.OfModel(logged), RunId = source.RunId ?? logged.SourceRunId, ModelId = source.ModelId ?? named };
        ModelVersion version = await platform.Registry.FindAsync(ModelSelector.Parse(source.Uri), cancellationToken);
        return source with { Location = await LocationAsync(version, cancellationToken), CopyOf = version };
    }

    private async Task CheckLocalAsync(string uri, string? runId, CancellationToken cancellationToken)
    {
        string? root = runId is null ? null : ArtifactUris.OfRun(await platform.Experiments.GetRunAsync(runId, cancellationToken));
        if (root is not null && IsLocal(root) && !Climbs(uri) && $"{PathOf(uri).TrimEnd('/')}/".StartsWith($"{PathOf(root).TrimEnd('/')}/", StringComparison.Ordinal))
            return;
        throw MlOpsException.Invalid("field-invalid",
            $"Invalid model version source: '{uri}'. To use a local path as a model version source, the run_id request parameter has to be specified and the local path has to be contained within the artifact directory of the run specified by the run_id.");
    }

    /// <summary>No way up, however it is encoded: some client may take it for a path of its own.</summary>
    private static void CheckPath(string uri)
    {
        if (Climbs(uri) || uri.Any(char.IsControl) || uri[(uri.IndexOf(':', StringComparison.Ordinal) + 1)..] is not ['/', ..])
        {
            throw MlOpsException.Invalid("field-invalid",
                $"Invalid model version source: '{uri}'. If supplying a source as an http, https, local file path, ftp, objectstore, or mlflow-artifacts uri, an absolute path must be provided without relative path references present. Please provide an absolute path.");
        }
    }

    private static bool Climbs(string uri)
    {
        for (string before = ""; before != uri; uri = Uri.UnescapeDataString(uri))
        {
            before = uri;
            if (uri.Contains('\0') || uri.Split('/', '\\', '?', '&', '=').Any(p => p is ".." or "."))
                return true;
        }

        return false;
    }

    private static bool IsLocal(string uri) => !Scheme().IsMatch(uri) || uri.StartsWith("file:", StringComparison.OrdinalIgnoreCase);

    private static string PathOf(string local)
    {
        string path = local.StartsWith("file:", StringComparison.OrdinalIgnoreCase) ? local["file:".Length..] : local;
        return path.StartsWith("///", StringComparison.Ordinal) ? path[2..] : path;
    }

    private static string? Given(MlflowFields fields, string name) => fields.Text(name) is { Length: > 0 } text ? text : null;

    /// <summary>A letter alone is a drive of Windows.</summary>
    [GeneratedRegex("^[A-Za-z][A-Za-z0-9+.-]+:")]
    private static partial Regex Scheme();
}
