using System.Text.Json;
using Microsoft.AspNetCore.StaticFiles;
using MlOps.Api.Http;
using MlOps.Domain.Experiments;
using MlOps.Domain.Experiments.Models;
using MlOps.Domain.Storage;

namespace MlOps.Api.Protocols.Mlflow;

/// <summary>
/// The proxy through which MLflow's clients reach artifacts, and what lists a run's. Files go through as they come, in both directions.
/// </summary>
internal sealed class ArtifactCalls(ExperimentTracker tracker)
{
    private static readonly FileExtensionContentTypeProvider Types = new();

    public async Task DownloadAsync(ApiCall call)
    {
        string path = call.Path("path");
        await SendAsync(call, await tracker.Artifacts.DownloadAsync(path, call.Aborted), path);
    }

    public async Task UploadAsync(ApiCall call)
    {
        await tracker.Artifacts.WriteAsync(call.Path("path"), call.Http.Request.Body, call.Aborted);
        await MlflowCall.EmptyAsync(call);
    }

    public async Task DeleteAsync(ApiCall call)
    {
        await tracker.Artifacts.DeleteAsync(call.Path("path").TrimEnd('/'), call.Aborted);
        await MlflowCall.EmptyAsync(call);
    }

    public async Task ListAsync(ApiCall call, MlflowFields fields) =>
        await MlflowCall.AnswerAsync(call, new ArtifactFolder(null, "", await tracker.Artifacts.ListAsync((fields.Text("path") ?? "").TrimEnd('/'), call.Aborted)), Write);

    /// <summary>A run's: paths are from its root.</summary>
    public async Task ListOfRunAsync(ApiCall call, MlflowFields fields) =>
        await MlflowCall.AnswerAsync(call, await FolderAsync(tracker, fields, call.Aborted), Write);

    /// <inheritdoc cref="ListOfRunAsync"/>
    public static async Task<ArtifactFolder> FolderAsync(ExperimentTracker tracker, MlflowFields fields, CancellationToken cancellationToken)
    {
        Run run = await tracker.GetRunAsync(RunCalls.IdOf(fields), cancellationToken);
        string folder = (fields.Text("path") ?? "").TrimEnd('/');
        string path = folder.Length == 0 ? RootOf(run) : $"{RootOf(run)}/{folder}";
        return new ArtifactFolder(ArtifactUris.OfRun(run), folder.Length == 0 ? "" : folder + "/", await tracker.Artifacts.ListAsync(path, cancellationToken));
    }

    /// <summary>A logged model's: paths are from its root.</summary>
    public async Task ListOfModelAsync(ApiCall call, MlflowFields fields)
    {
        LoggedModel model = await tracker.Models.GetAsync(call.Path("model"), call.Aborted);
        string folder = (fields.Text("artifact_directory_path") ?? "").TrimEnd('/');
        string path = folder.Length == 0 ? RootOf(model) : $"{RootOf(model)}/{folder}";
        await MlflowCall.AnswerAsync(call, new ArtifactFolder(ArtifactUris.OfModel(model), folder.Length == 0 ? "" : folder + "/", await tracker.Artifacts.ListAsync(path, call.Aborted)), Write);
    }

    public async Task GetOfModelAsync(ApiCall call, MlflowFields fields)
    {
        LoggedModel model = await tracker.Models.GetAsync(call.Path("model"), call.Aborted);
        string path = fields.RequiredText("artifact_file_path");
        await SendAsync(call, await tracker.Artifacts.DownloadAsync($"{RootOf(model)}/{path}", call.Aborted), path);
    }

    /// <summary>As MLflow's UI shows and saves files: <c>/get-artifact?run_id=&amp;path=</c>.</summary>
    public async Task GetOfRunAsync(ApiCall call, MlflowFields fields)
    {
        Run run = await tracker.GetRunAsync(RunCalls.IdOf(fields), call.Aborted);
        string path = fields.RequiredText("path");
        await SendAsync(call, await tracker.Artifacts.DownloadAsync($"{RootOf(run)}/{path}", call.Aborted), path);
    }

    /// <summary>As MLflow's UI sends files.</summary>
    public async Task UploadToRunAsync(ApiCall call, MlflowFields fields)
    {
        Run run = await tracker.GetRunAsync(RunCalls.IdOf(fields), call.Aborted);
        if (call.Http.Request.ContentLength > MlflowLimits.UiUploadBytes)
            throw UploadTooLarge($"{call.Http.Request.ContentLength:N0} bytes");
        // A body in chunks does not say its length before.
        var body = new LimitedStream(call.Http.Request.Body, MlflowLimits.UiUploadBytes, () => UploadTooLarge("more"));
        await tracker.Artifacts.WriteAsync($"{RootOf(run)}/{fields.RequiredText("path")}", body, call.Aborted);
        await MlflowCall.EmptyAsync(call);
    }

    private static MlOpsException UploadTooLarge(string has) =>
        MlOpsException.Invalid("upload-too-large", $"the file has {has}, at most {MlflowLimits.UiUploadBytes:N0} bytes are allowed here: send it to /api/2.0/mlflow-artifacts/artifacts");

    /// <summary>An address of the store, for clients that would get a file from there: the store of this server is reached through it only.</summary>
    public Task NotOfferedAsync(ApiCall call) => throw MlOpsException.Invalid(ApiError.NotImplemented,
        $"{call.Http.Request.Path}: this server gives no addresses of its store; get the file itself under /api/2.0/mlflow-artifacts/artifacts");

    /// <summary>Artifacts that lie elsewhere this server cannot read: their clients do.</summary>
    private static string RootOf(Run run) => ArtifactUris.PathOf(ArtifactUris.OfRun(run)) ?? throw Elsewhere($"run '{run.Id}'", ArtifactUris.OfRun(run));

    /// <inheritdoc cref="RootOf(Run)"/>
    private static string RootOf(LoggedModel model) => ArtifactUris.PathOf(ArtifactUris.OfModel(model)) ?? throw Elsewhere($"logged model '{model.Id}'", ArtifactUris.OfModel(model));

    private static MlOpsException Elsewhere(string what, string uri) =>
        MlOpsException.Invalid("artifact-elsewhere", $"the artifacts of {what} lie at {uri}, which this server does not read: read them there");

    private static Task SendAsync(ApiCall call, Download file, string path)
    {
        string name = path[(path.LastIndexOf('/') + 1)..];
        if (file.Content is not { } content)
            return call.FileAsync(file, name);
        return call.FileAsync(content, name, Types.TryGetContentType(name, out string? type) ? type : "application/octet-stream");
    }

    public static void Write(Utf8JsonWriter json, ArtifactFolder folder)
    {
        if (folder.Root is not null)
            json.WriteString("root_uri"u8, folder.Root);
        if (folder.Entries.Count == 0)
            return;
        json.WriteStartArray("files"u8);
        foreach (ArtifactEntry entry in folder.Entries)
        {
            json.WriteStartObject();
            json.WriteString("path"u8, folder.Before + entry.Name);
            json.WriteBoolean("is_dir"u8, entry.Size is null);
            if (entry.Size is { } size)
                json.WriteNumber("file_size"u8, size);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}

/// <summary>What lies in a folder of artifacts.</summary>
/// <param name="Root">The location that paths are told from; null where they are from the folder itself.</param>
/// <param name="Before">Of each path, before the name.</param>
internal sealed record ArtifactFolder(string? Root, string Before, IReadOnlyList<ArtifactEntry> Entries);
