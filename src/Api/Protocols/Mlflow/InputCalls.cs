using MlOps.Api.Http;
using MlOps.Domain.Experiments;

namespace MlOps.Api.Protocols.Mlflow;

/// <summary>What <c>/mlflow/runs/log-inputs</c> and <c>/mlflow/runs/outputs</c> do: data sets and logged models that a run used, models that it made.</summary>
internal sealed class InputCalls(ExperimentTracker tracker)
{
    public async Task LogInputsAsync(ApiCall call, MlflowFields fields)
    {
        var changes = new RunChanges
        {
            IsForeign = true,
            Inputs = [.. MlflowLimits.Objects(fields, "datasets", MlflowLimits.BatchDatasets).Select(InputOf)],
            ModelInputs = ModelsOf(fields),
        };
        await tracker.LogAsync(RunCalls.IdOf(fields), changes, call.Aborted);
        await MlflowCall.EmptyAsync(call);
    }

    public async Task LogOutputsAsync(ApiCall call, MlflowFields fields)
    {
        ModelLink[] models = [.. MlflowLimits.Objects(fields, "models", MlflowLimits.BatchDatasets).Select(m => new ModelLink(m.RequiredText("model_id"), m.Integer("step") ?? 0))];
        if (models.Length == 0)
            throw fields.Invalid("models", "is empty, expected at least one");
        await tracker.LogAsync(RunCalls.IdOf(fields), new RunChanges { IsForeign = true, ModelOutputs = models }, call.Aborted);
        await MlflowCall.EmptyAsync(call);
    }

    // Clients name the same model once for each metric that they log of it.
    private static ModelLink[] ModelsOf(MlflowFields fields)
    {
        ModelLink[] models = [.. fields.Objects("models").Select(m => m.RequiredText("model_id")).Distinct().Select(id => new ModelLink(id))];
        return models.Length <= MlflowLimits.BatchDatasets
            ? models
            : throw fields.Invalid("models", $"names {models.Length:N0} models, at most {MlflowLimits.BatchDatasets:N0} are allowed");
    }

    private static DatasetInput InputOf(MlflowFields fields)
    {
        MlflowFields dataset = fields.RequiredObject("dataset");
        return new DatasetInput(
            Required(dataset, "name", MlflowLimits.DatasetNameChars),
            Required(dataset, "digest", MlflowLimits.DatasetDigestChars),
            dataset.RequiredText("source_type"),
            Required(dataset, "source", MlflowLimits.DatasetSourceChars),
            MlflowLimits.Checked(dataset, "schema", MlflowLimits.DatasetSchemaChars),
            MlflowLimits.Checked(dataset, "profile", MlflowLimits.DatasetProfileChars))
        {
            Tags = fields.Objects("tags").GroupBy(t => Required(t, "key", MlflowLimits.InputTagKeyChars))
                .ToDictionary(g => g.Key, g => MlflowLimits.Checked(g.Last(), "value", MlflowLimits.InputTagValueChars) ?? ""),
        };
    }

    private static string Required(MlflowFields fields, string name, int chars)
    {
        fields.RequiredText(name);
        return MlflowLimits.Checked(fields, name, chars)!;
    }
}
