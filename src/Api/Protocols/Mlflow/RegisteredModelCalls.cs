using MlOps.Api.Http;
using MlOps.Domain;
using MlOps.Domain.Registry;
using MlOps.Domain.Registry.Search;

namespace MlOps.Api.Protocols.Mlflow;

/// <summary>What <c>/mlflow/registered-models/...</c> answers.</summary>
internal sealed class RegisteredModelCalls(Platform platform)
{
    private const int Default = 100;
    private const int Most = 1_000;

    private readonly ModelRegistry _registry = platform.Registry;

    public async Task CreateAsync(ApiCall call, MlflowFields fields) => await AnswerAsync(
        call, await _registry.Catalog.CreateAsync(fields.RequiredText("name"), fields.Text("description"), RegistryFields.Tags(fields), call.By, call.Aborted));

    public async Task GetAsync(ApiCall call, MlflowFields fields) => await AnswerAsync(call, await _registry.GetModelAsync(fields.RequiredText("name"), call.Aborted));

    public async Task RenameAsync(ApiCall call, MlflowFields fields) =>
        await AnswerAsync(call, await platform.Removal.RenameAsync(fields.RequiredText("name"), fields.RequiredText("new_name"), call.By, call.Aborted));

    public async Task UpdateAsync(ApiCall call, MlflowFields fields) =>
        await AnswerAsync(call, await _registry.Catalog.DescribeAsync(fields.RequiredText("name"), fields.Text("description"), call.By, call.Aborted));

    public async Task DeleteAsync(ApiCall call, MlflowFields fields)
    {
        await platform.Removal.DeleteAsync(fields.RequiredText("name"), call.Aborted);
        await MlflowCall.EmptyAsync(call);
    }

    public async Task SearchAsync(ApiCall call, MlflowFields fields)
    {
        RegistryPage<RegisteredModel> page = await _registry.Search.ModelsAsync(RegistryFields.Query(fields, Default, Most), call.Aborted);
        var models = new List<(RegisteredModel, IReadOnlyList<ModelVersion>)>(page.Items.Count);
        foreach (RegisteredModel model in page.Items)
            models.Add((model, [.. (await NewestAsync(model.Name, call.Aborted)).OrderBy(v => v.Stage.ToString(), StringComparer.Ordinal)]));
        await MlflowCall.PageAsync(call, "registered_models", models, static (json, m) => RegistryJson.Model(json, m.Item1, m.Item2), page.Continuation);
    }

    public async Task LatestAsync(ApiCall call, MlflowFields fields)
    {
        IReadOnlyList<ModelVersion> newest = await _registry.Catalog.NewestByStageAsync(fields.RequiredText("name"), call.Aborted);
        HashSet<ModelStage> stages = [.. fields.Texts("stages").Select(RegistryFields.Stage)];
        await MlflowCall.PageAsync(call, "model_versions", [.. newest.Where(v => stages.Count == 0 || stages.Contains(v.Stage))], RegistryJson.Version, null);
    }

    public async Task SetTagAsync(ApiCall call, MlflowFields fields)
    {
        await _registry.Catalog.TagAsync(fields.RequiredText("name"), fields.RequiredText("key"), fields.Text("value") ?? "", call.By, call.Aborted);
        await MlflowCall.EmptyAsync(call);
    }

    public async Task DeleteTagAsync(ApiCall call, MlflowFields fields)
    {
        await _registry.Catalog.TagAsync(fields.RequiredText("name"), fields.RequiredText("key"), null, call.By, call.Aborted);
        await MlflowCall.EmptyAsync(call);
    }

    public async Task SetAliasAsync(ApiCall call, MlflowFields fields)
    {
        await _registry.SetAliasAsync(fields.RequiredText("name"), fields.RequiredText("alias"), RegistryFields.Version(fields), null, call.By, call.Aborted);
        await MlflowCall.EmptyAsync(call);
    }

    public async Task GetByAliasAsync(ApiCall call, MlflowFields fields) => await MlflowCall.AnswerAsync(
        call, await _registry.FindAsync(new ModelSelector(fields.RequiredText("name"), Alias: RegistryFields.Alias(fields)), call.Aborted), RegistryJson.VersionAnswer);

    public async Task DeleteAliasAsync(ApiCall call, MlflowFields fields)
    {
        await _registry.DeleteAliasAsync(fields.RequiredText("name"), fields.RequiredText("alias"), call.By, call.Aborted);
        await MlflowCall.EmptyAsync(call);
    }

    /// <summary>Deleted in between, it has none.</summary>
    private async Task<IReadOnlyList<ModelVersion>> NewestAsync(string model, CancellationToken cancellationToken)
    {
        try
        {
            return await _registry.Catalog.NewestByStageAsync(model, cancellationToken);
        }
        catch (MlOpsException e) when (e.Kind == ErrorKind.NotFound)
        {
            return [];
        }
    }

    private async Task AnswerAsync(ApiCall call, RegisteredModel model) =>
        await MlflowCall.AnswerAsync(call, (model, await NewestAsync(model.Name, call.Aborted)), static (json, m) =>
        {
            json.WritePropertyName("registered_model"u8);
            RegistryJson.Model(json, m.model, m.Item2);
        });
}
