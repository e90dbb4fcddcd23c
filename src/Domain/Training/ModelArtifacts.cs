using System.Text;
using MlOps.Domain.Experiments;
using MlOps.Domain.Workflows;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Training;

/// <summary>The artifacts that the run of every model has, however the model came to be.</summary>
public sealed class ModelArtifacts(ExperimentTracker tracker, string runId)
{
    /// <summary>Tag of a run: the digest of its model's file.</summary>
    public const string DigestTag = "model.digest";

    public async Task LogModelAsync(IModel model, ModelRef reference, ModelStore models, CancellationToken cancellationToken)
    {
        await using (Stream file = await models.OpenAsync(reference, cancellationToken))
            await tracker.LogArtifactAsync(runId, "model/model.mlops", file, cancellationToken);
        await LogJsonAsync("model/signature.json", model.Signature, cancellationToken);
        await LogJsonAsync("model/importance.json", model.Importance, cancellationToken);
        await tracker.SetTagsAsync(runId, new Dictionary<string, string> { [DigestTag] = reference.Digest }, cancellationToken);
    }

    /// <summary>Some of the rows, which serving replays before the model takes traffic.</summary>
    public async Task LogExampleAsync(Table rows, ModelSignature signature, CancellationToken cancellationToken)
    {
        await using MemoryStream example = ExampleRows.Write(rows, signature);
        await tracker.LogArtifactAsync(runId, ExampleRows.Path, example, cancellationToken);
    }

    public async Task LogJsonAsync(string path, object document, CancellationToken cancellationToken)
    {
        using var json = new MemoryStream(Encoding.UTF8.GetBytes(WorkflowJson.Write(document)));
        await tracker.LogArtifactAsync(runId, path, json, cancellationToken);
    }
}
