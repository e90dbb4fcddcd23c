using System.Collections.Concurrent;
using MlOps.Domain.Experiments;
using MlOps.Domain.Training;
using MlOps.Learning.Importing;

namespace MlOps.Domain.Registry.Sources;

/// <summary>
/// Makes models of ours of what MLflow's clients registered, when such a version's model is first asked for: of the files at its source
/// the one that can be read, with the names of its inputs from <c>MLmodel</c>. Nothing of the files is run.
/// </summary>
/// <param name="memory">Bytes that the models in memory may hold together here.</param>
public sealed class SourceImports(ExperimentTracker tracker, ModelStore models, ImportTurn turn, TimeProvider time, long memory)
{
    /// <summary>So long a version that cannot be read is not tried again: who asks for predictions asks often.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    private const int MaxRemembered = 1_000;

    private readonly long _memory = Math.Max(ModelImports.LeastMemory, memory);
    private readonly ConcurrentDictionary<string, (MlOpsException Why, DateTimeOffset Until)> _failed = new(StringComparer.Ordinal);

    /// <exception cref="MlOpsException"><c>model-not-importable</c>: why, and what to do; Unavailable <c>model-import-busy</c>.</exception>
    internal async Task<ImportedSource> ImportAsync(ModelVersion version, CancellationToken cancellationToken)
    {
        if (_failed.TryGetValue(version.Name, out var failed) && time.GetUtcNow() < failed.Until)
            throw failed.Why;
        try
        {
            ImportedSource imported = await turn.TakeAsync(() => ImportNowAsync(version, cancellationToken), cancellationToken);
            _failed.TryRemove(version.Name, out _);
            return imported;
        }
        catch (MlOpsException e) when (e.Code == SourceErrors.NotImportable)
        {
            if (_failed.Count >= MaxRemembered)
                _failed.Clear();
            _failed[version.Name] = (e, time.GetUtcNow() + Pause);
            throw;
        }
    }

    private async Task<ImportedSource> ImportNowAsync(ModelVersion version, CancellationToken cancellationToken)
    {
        string folder = await FolderAsync(version, cancellationToken);
        string[] names = [.. (await tracker.Artifacts.ListAsync(folder, cancellationToken)).Where(e => e.Size is not null).Select(e => e.Name)];
        MlmodelFile described = names.Contains(MlmodelFile.Name) ? await DescribedAsync($"{folder}/{MlmodelFile.Name}", cancellationToken) : MlmodelFile.None;
        string file = SourceFiles.Choose(described, names) ?? throw SourceErrors.Nothing(version, version.Source!.Location, described, names);
        try
        {
            ImportedModel imported = await ReadAsync($"{folder}/{file}", described, cancellationToken);
            ModelRef reference = await models.SaveAsync(imported.Model, cancellationToken);
            return new ImportedSource(reference, imported, new SourceImport(file, imported.Format, imported.Producer, imported.Notes, time.GetUtcNow()));
        }
        catch (MlOpsException e) when (e.Kind is ErrorKind.Invalid or ErrorKind.TooLarge or ErrorKind.NotFound)
        {
            throw SourceErrors.Unread(version, file, e);
        }
    }

    /// <summary>The path of the version's files in the tree of artifacts.</summary>
    private async Task<string> FolderAsync(ModelVersion version, CancellationToken cancellationToken)
    {
        string location = version.Source!.Location;
        if (ArtifactUris.PathOf(location) is { } path)
            return path;
        string[] parts = location.StartsWith("runs:/", StringComparison.Ordinal) ? location["runs:/".Length..].Trim('/').Split('/', 2) : [];
        if (parts is not [var runId, var below])
            throw SourceErrors.Elsewhere(version, location);
        string root = ArtifactUris.OfRun(await tracker.GetRunAsync(runId, cancellationToken));
        return ArtifactUris.PathOf(root) is { } run ? $"{run}/{below}" : throw SourceErrors.Elsewhere(version, root);
    }

    private async Task<MlmodelFile> DescribedAsync(string path, CancellationToken cancellationToken)
    {
        await using Stream file = await tracker.Artifacts.OpenAsync(path, cancellationToken);
        using var reader = new StreamReader(file);
        var text = new char[MlmodelFile.MaxChars];
        int length = await reader.ReadBlockAsync(text, cancellationToken);
        return MlmodelFile.Read(new string(text, 0, length));
    }

    private async Task<ImportedModel> ReadAsync(string path, MlmodelFile described, CancellationToken cancellationToken)
    {
        await using Stream file = await tracker.Artifacts.OpenAsync(path, cancellationToken);
        ReadOnlyMemory<byte> bytes = await ImportBytes.ReadAsync(file, ModelImporter.MaxBytesOf(_memory), cancellationToken);
        var options = new ImportOptions { Memory = _memory, Features = described.Inputs, Target = Target(described) };
        // Reading may take seconds; the caller's thread may have to answer requests.
        return await Task.Run(() => Import(bytes, options), cancellationToken);
    }

    private static string Target(MlmodelFile described) => described.Output is { } output && !described.Inputs.Contains(output) ? output : ImportOptions.Default.Target;

    /// <summary>The signature may say of the data something else than the file of the model's inputs: then the file is right.</summary>
    private static ImportedModel Import(ReadOnlyMemory<byte> bytes, ImportOptions options)
    {
        try
        {
            return ModelImporter.Import(bytes, options);
        }
        catch (MlOpsException e) when (e.Code == "model-import-option" && options.Features.Count > 0)
        {
            return ModelImporter.Import(bytes, new ImportOptions { Memory = options.Memory });
        }
    }
}

/// <summary>The model of a version that an MLflow client registered.</summary>
internal sealed record ImportedSource(ModelRef Reference, ImportedModel Imported, SourceImport Import)
{
    public ModelVersion Over(ModelVersion version) => version with
    {
        ModelDigest = Reference.Digest,
        ModelSize = Reference.Size,
        Trainer = Imported.Model.Trainer,
        Signature = Imported.Model.Signature,
        Source = version.Source! with { Import = Import },
    };
}
