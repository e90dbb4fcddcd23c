using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using MlOps.Api.Http;
using MlOps.Domain;
using MlOps.Domain.Access;
using MlOps.Domain.Registry;
using MlOps.Domain.Registry.Search;

namespace MlOps.Api.Protocols.Mlflow;

/// <summary>What <c>/mlflow/model-versions/...</c> answers.</summary>
internal sealed class ModelVersionCalls(Platform platform)
{
    /// <summary>Versions a page.</summary>
    public const int Most = 200_000;

    private const string VersionsTag = "mlflow.modelVersions";

    private readonly ModelRegistry _registry = platform.Registry;
    private readonly ModelSources _sources = new(platform);
    private readonly ILogger _logger = platform.Ports.Logs.CreateLogger("MlOps.Api");

    public async Task CreateAsync(ApiCall call, MlflowFields fields)
    {
        string name = fields.RequiredText("name");
        SourceRegistration source = await _sources.ReadAsync(fields, call.Aborted);
        // Who registers does not say when, nor under which number: histories are what people rely on.
        if (source is not { Number: null, CreatedAt: null } && !call.MayActAs(Role.Admin))
            throw MlOpsException.Refused("role-too-low", "the fields version and creation_timestamp are for who moves a registry here, which takes a token of role admin: leave them out");
        ModelVersion version = await _registry.RegisterAsync(name, source, call.By, call.Aborted);
        await NoteAsync(version, call.Aborted);
        await AnswerAsync(call, version);
    }

    public async Task GetAsync(ApiCall call, MlflowFields fields) => await AnswerAsync(call, await FindAsync(call, fields));

    public async Task SearchAsync(ApiCall call, MlflowFields fields)
    {
        RegistryPage<ModelVersion> page = await _registry.Search.VersionsAsync(RegistryFields.Query(fields, Most, Most), call.Aborted);
        await MlflowCall.PageAsync(call, "model_versions", page.Items, RegistryJson.Version, page.Continuation);
    }

    public async Task DownloadUriAsync(ApiCall call, MlflowFields fields)
    {
        string uri = await _sources.LocationAsync(await FindAsync(call, fields), call.Aborted);
        await MlflowCall.AnswerAsync(call, uri, static (json, text) => json.WriteString("artifact_uri"u8, text));
    }

    /// <summary>As MLflow's UI shows and saves files: <c>/model-versions/get-artifact?name=&amp;version=&amp;path=</c>.</summary>
    public async Task FileAsync(ApiCall call, MlflowFields fields)
    {
        string path = fields.RequiredText("path");
        string root = await _sources.FolderAsync(await FindAsync(call, fields), call.Aborted);
        await call.FileAsync(await platform.Experiments.Artifacts.DownloadAsync($"{root}/{path}", call.Aborted), path[(path.LastIndexOf('/') + 1)..]);
    }

    public async Task UpdateAsync(ApiCall call, MlflowFields fields) => await AnswerAsync(
        call, await _registry.Catalog.DescribeAsync(fields.RequiredText("name"), RegistryFields.Version(fields), fields.Text("description"), call.By, call.Aborted));

    public async Task DeleteAsync(ApiCall call, MlflowFields fields)
    {
        await platform.Removal.DeleteVersionAsync(fields.RequiredText("name"), RegistryFields.Version(fields), call.By, call.Aborted);
        await MlflowCall.EmptyAsync(call);
    }

    public async Task TransitionAsync(ApiCall call, MlflowFields fields)
    {
        ModelStage stage = RegistryFields.Stage(fields.RequiredText("stage"));
        bool archive = fields.Flag("archive_existing_versions") == true;
        await AnswerAsync(call, await _registry.Catalog.StageAsync(fields.RequiredText("name"), RegistryFields.Version(fields), stage, archive, call.By, call.Aborted));
    }

    public async Task SetTagAsync(ApiCall call, MlflowFields fields)
    {
        await _registry.Catalog.TagAsync(fields.RequiredText("name"), RegistryFields.Version(fields), fields.RequiredText("key"), fields.Text("value") ?? "", call.By, call.Aborted);
        await MlflowCall.EmptyAsync(call);
    }

    public async Task DeleteTagAsync(ApiCall call, MlflowFields fields)
    {
        await _registry.Catalog.TagAsync(fields.RequiredText("name"), RegistryFields.Version(fields), fields.RequiredText("key"), null, call.By, call.Aborted);
        await MlflowCall.EmptyAsync(call);
    }

    /// <summary>A logged model says in a tag which versions were made of it. It may be gone meanwhile, or be another server's; the version stands, whatever becomes of the note.</summary>
    private async Task NoteAsync(ModelVersion version, CancellationToken cancellationToken)
    {
        if (version.Source?.ModelId is not { } id)
            return;
        try
        {
            if (await platform.Experiments.Models.FindAsync(id, cancellationToken) is not { } logged)
                return;
            JsonArray versions = logged.Tags.TryGetValue(VersionsTag, out string? before) ? ParsedList(before) : [];
            versions.Add(new JsonObject { ["name"] = version.Model, ["version"] = version.Version });
            await platform.Experiments.Models.SetTagsAsync(id, new Dictionary<string, string> { [VersionsTag] = versions.ToJsonString() }, cancellationToken);
        }
        catch (MlOpsException e) when (e.Kind == ErrorKind.NotFound)
        {
            // Deleted just now.
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            _logger.VersionNotNoted(version.Name, id, e);
        }
    }

    private static JsonArray ParsedList(string json)
    {
        try
        {
            return JsonNode.Parse(json) as JsonArray ?? [];
        }
        catch (JsonException)
        {
            return [];
        }
    }

    private Task<ModelVersion> FindAsync(ApiCall call, MlflowFields fields) =>
        _registry.FindAsync(new ModelSelector(fields.RequiredText("name"), RegistryFields.Version(fields)), call.Aborted);

    private static Task AnswerAsync(ApiCall call, ModelVersion version) => MlflowCall.AnswerAsync(call, version, RegistryJson.VersionAnswer);
}
