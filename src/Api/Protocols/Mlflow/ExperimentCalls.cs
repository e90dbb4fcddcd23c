using MlOps.Api.Http;
using MlOps.Domain.Experiments;

namespace MlOps.Api.Protocols.Mlflow;

/// <summary>What <c>/mlflow/experiments/...</c> answers.</summary>
internal sealed class ExperimentCalls(ExperimentCatalog catalog)
{
    public async Task CreateAsync(ApiCall call, MlflowFields fields)
    {
        string name = fields.RequiredText("name");
        string? location = fields.Text("artifact_location") is { Length: > 0 } given ? ArtifactLocations.Check(given) : null;
        Experiment experiment = await catalog.CreateAsync(new ExperimentStart(name, location) { Tags = MlflowLimits.ExperimentTags(fields) }, call.Aborted);
        await MlflowCall.AnswerAsync(call, experiment.Id, static (json, id) => json.WriteString("experiment_id"u8, id));
    }

    public async Task GetAsync(ApiCall call, MlflowFields fields) =>
        await AnswerAsync(call, await catalog.GetAsync(fields.RequiredText("experiment_id"), call.Aborted));

    public async Task GetByNameAsync(ApiCall call, MlflowFields fields)
    {
        string name = fields.RequiredText("experiment_name");
        await AnswerAsync(call, await catalog.FindByNameAsync(name, call.Aborted)
            ?? throw MlOpsException.NotFound("experiment-missing", $"Could not find experiment with name '{name}'"));
    }

    public async Task UpdateAsync(ApiCall call, MlflowFields fields)
    {
        await catalog.RenameAsync(fields.RequiredText("experiment_id"), fields.RequiredText("new_name"), call.Aborted);
        await MlflowCall.EmptyAsync(call);
    }

    public async Task DeleteAsync(ApiCall call, MlflowFields fields)
    {
        await catalog.DeleteAsync(fields.RequiredText("experiment_id"), call.Aborted);
        await MlflowCall.EmptyAsync(call);
    }

    public async Task RestoreAsync(ApiCall call, MlflowFields fields)
    {
        await catalog.RestoreAsync(fields.RequiredText("experiment_id"), call.Aborted);
        await MlflowCall.EmptyAsync(call);
    }

    public async Task SetTagAsync(ApiCall call, MlflowFields fields)
    {
        (string key, string value) = MlflowLimits.ExperimentTag(fields);
        await catalog.SetTagAsync(fields.RequiredText("experiment_id"), key, value, call.Aborted);
        await MlflowCall.EmptyAsync(call);
    }

    public async Task DeleteTagAsync(ApiCall call, MlflowFields fields)
    {
        await catalog.SetTagAsync(fields.RequiredText("experiment_id"), fields.RequiredText("key"), null, call.Aborted);
        await MlflowCall.EmptyAsync(call);
    }

    private static Task AnswerAsync(ApiCall call, Experiment experiment) => MlflowCall.AnswerAsync(call, experiment, static (json, e) =>
    {
        json.WritePropertyName("experiment"u8);
        MlflowJson.Experiment(json, e);
    });
}
