using System.Security.Cryptography;
using System.Text;
using MlOps.Domain.Datasets;
using MlOps.Domain.Evaluation;
using MlOps.Domain.Experiments;
using MlOps.Domain.Training;
using MlOps.Domain.Workflows;
using MlOps.Learning.Importing;
using MlOps.Learning.Tables;

namespace MlOps.Domain.Registry;

/// <summary>
/// Registers models that were trained elsewhere: the file is read into a model of ours, evaluated, kept with a run of the experiment
/// <c>imports</c>, and from there on a version like any other. Importing the same file in the same way again gives the same version.
/// </summary>
/// <param name="memory">Bytes that the models in memory may hold together here: what would not fit is not imported (<see cref="ImportOptions.Memory"/>).</param>
/// <param name="turn">Shared with others that import here; null: there are none.</param>
public sealed class ModelImports(DatasetCatalog datasets, ExperimentTracker tracker, ModelStore models, ModelRegistry registry, TimeProvider time, long memory, ImportTurn? turn = null)
{
    public const string Experiment = "imports";

    /// <summary>For hosts that have little for models on purpose, as tests do.</summary>
    internal const long LeastMemory = 64 << 20;

    private readonly long _memory = Math.Max(LeastMemory, memory);
    private readonly ImportTurn _turn = turn ?? new(time);

    /// <summary>One at a time; who comes meanwhile waits a minute.</summary>
    /// <exception cref="MlOpsException">As of <see cref="ModelImporter.Import"/>, <see cref="ModelEvaluator.Evaluate"/> and <see cref="ModelRegistry.RegisterAsync(string, ModelRegistration, string, CancellationToken)"/>; NotFound: a data set; Unavailable <c>model-import-busy</c>; Invalid <c>model-import-slow</c>.</exception>
    public Task<ImportedVersion> ImportAsync(string model, Stream file, ModelImport import, string by, CancellationToken cancellationToken)
    {
        RegistryLimits.CheckModel(model);
        return _turn.TakeAsync(() => ImportNowAsync(model, file, import, by, cancellationToken), cancellationToken);
    }

    private async Task<ImportedVersion> ImportNowAsync(string model, Stream file, ModelImport import, string by, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> bytes = await ReadAsync(file, cancellationToken);
        // Reading may take seconds; the caller's thread may have to answer requests.
        ImportedModel imported = await Task.Run(() => ModelImporter.Import(bytes, import.Options with { Memory = _memory }), cancellationToken);
        DatasetVersion? trainedOn = await FindAsync(import.TrainedOn, cancellationToken);
        Table? rows = await FindAsync(import.EvaluateOn, cancellationToken) is { } data ? await datasets.LoadAsync(data, cancellationToken) : null;
        EvaluationReport? report = rows is null ? null : await Task.Run(() => ModelEvaluator.Evaluate(imported.Model, rows, EvaluationSpec.Default), cancellationToken);

        string digest = Convert.ToHexStringLower(SHA256.HashData(bytes.Span));
        var lineage = new RunLineage(trainedOn?.Ref.ToString(), trainedOn?.Digest, digest, imported.Producer);
        Run run = await tracker.StartRunAsync(
            new RunStart(RunId(model, digest, import), Experiment, $"{model} from {import.FileName ?? imported.Format}", lineage, new Dictionary<string, string>(), by), cancellationToken);
        ModelRef reference = await models.SaveAsync(imported.Model, cancellationToken);
        await new ImportRecord(tracker, run).WriteAsync(import, imported, reference, models, bytes, rows, report, cancellationToken);
        var registration = new ModelRegistration(
            run.Id, reference.Digest, reference.Size, imported.Model.Trainer, imported.Model.Signature, report?.Metrics.Values ?? new Dictionary<string, double>(), lineage, import.Description);
        ModelVersion version = await registry.RegisterAsync(model, registration, by, cancellationToken);
        return new ImportedVersion(version, imported.Format, imported.Producer, imported.Notes);
    }

    private async Task<DatasetVersion?> FindAsync(string? dataset, CancellationToken cancellationToken) =>
        dataset is null ? null : await datasets.GetAsync(DatasetRef.Parse(dataset), cancellationToken);

    private async Task<ReadOnlyMemory<byte>> ReadAsync(Stream file, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> bytes = default;
        await _turn.UploadAsync(async token => bytes = await ImportBytes.ReadAsync(file, ModelImporter.MaxBytesOf(_memory), token), cancellationToken);
        return bytes;
    }

    /// <summary>The same import is the same run, and so the same version.</summary>
    private static string RunId(string model, string digest, ModelImport import)
    {
        string all = WorkflowJson.Write(new { model, digest, import });
        return $"import-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(all)))[..32]}";
    }
}
