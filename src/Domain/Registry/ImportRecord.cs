using System.Runtime.InteropServices;
using MlOps.Domain.Evaluation;
using MlOps.Domain.Experiments;
using MlOps.Domain.Training;
using MlOps.Learning.Importing;
using MlOps.Learning.Tables;

namespace MlOps.Domain.Registry;

/// <summary>Writes an import into its run: what a trained model's run has, as far as it is known, and the file as it came.</summary>
internal sealed class ImportRecord(ExperimentTracker tracker, Run run)
{
    public const string FilePath = "model/imported";

    public async Task WriteAsync(
        ModelImport import, ImportedModel imported, ModelRef reference, ModelStore models, ReadOnlyMemory<byte> file, Table? rows, EvaluationReport? report, CancellationToken cancellationToken)
    {
        var record = new ModelArtifacts(tracker, run.Id);
        await tracker.LogParamsAsync(run.Id, Params(import, imported), cancellationToken);
        await using (MemoryStream copy = MemoryMarshal.TryGetArray(file, out ArraySegment<byte> bytes) ? new(bytes.Array!, bytes.Offset, bytes.Count, writable: false) : new(file.ToArray(), writable: false))
            await tracker.LogArtifactAsync(run.Id, FilePath, copy, cancellationToken);
        await record.LogModelAsync(imported.Model, reference, models, cancellationToken);
        if (rows is not null && report is not null)
        {
            await record.LogExampleAsync(rows, imported.Model.Signature, cancellationToken);
            await record.LogJsonAsync("evaluation.json", report, cancellationToken);
            await tracker.LogMetricsAsync(run.Id, [.. report.Metrics.Values.Select(m => new MetricPoint("test." + m.Key, m.Value, 0, run.StartedAt))], cancellationToken);
        }

        await tracker.EndRunAsync(run.Id, RunStatus.Finished, null, cancellationToken);
    }

    private static Dictionary<string, string> Params(ModelImport import, ImportedModel imported)
    {
        var values = new Dictionary<string, string>
        {
            ["format"] = imported.Format,
            ["producer"] = imported.Producer,
            ["trainer"] = imported.Model.Trainer,
            ["task"] = imported.Model.Signature.Task.ToString().ToLowerInvariant(),
            ["target"] = imported.Model.Signature.Target,
        };
        if (import.FileName is not null)
            values["file"] = import.FileName;
        if (import.EvaluateOn is not null)
            values["evaluatedOn"] = import.EvaluateOn;
        return values;
    }
}
