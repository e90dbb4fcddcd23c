using MlOps.Domain.Experiments;
using MlOps.Domain.Experiments.Models;
using MlOps.Domain.Experiments.Purging;
using MlOps.Domain.Pipelines;
using MlOps.Domain.Registry;
using MlOps.Domain.Serving;

namespace MlOps.Domain.Gc;

/// <summary>What refers to runs and logged models, as it stands when it is read: model versions, their lineage, the endpoints that serve them, pipeline runs.</summary>
internal sealed class RunReferences(Pipelines.Pipelines pipelines)
{
    private readonly Dictionary<string, string> _runs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _models = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _pipelineRuns = new(StringComparer.Ordinal);
    private readonly Dictionary<string, PipelineRun?> _known = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _folders = new(StringComparer.Ordinal);

    /// <param name="goOn">Called now and then.</param>
    public static async Task<RunReferences> ReadAsync(ModelRegistry registry, EndpointStore endpoints, Pipelines.Pipelines pipelines, Func<Task> goOn, CancellationToken cancellationToken)
    {
        while (true)
        {
            List<string> names = await registry.ListNamesAsync(cancellationToken).ToListAsync(cancellationToken);
            // Of models that all had their names at one moment: one that is renamed meanwhile might be passed over.
            if (await TryReadAsync(registry, endpoints, pipelines, goOn, cancellationToken) is { } references
                && names.SequenceEqual(await registry.ListNamesAsync(cancellationToken).ToListAsync(cancellationToken)))
                return references;
        }
    }

    private static async Task<RunReferences?> TryReadAsync(ModelRegistry registry, EndpointStore endpoints, Pipelines.Pipelines pipelines, Func<Task> goOn, CancellationToken cancellationToken)
    {
        var references = new RunReferences(pipelines);
        Dictionary<string, Endpoint> serving = await endpoints.ListAsync(cancellationToken).ToDictionaryAsync(e => e.Model, StringComparer.Ordinal, cancellationToken);
        foreach (RegisteredModel model in await registry.ListModelsAsync(cancellationToken))
        {
            await goOn();
            try
            {
                foreach (ModelVersion version in await registry.ListVersionsAsync(model.Name, cancellationToken))
                    references.Add(version, serving.GetValueOrDefault(model.Name)?.Uses(version.Version) == true);
            }
            catch (MlOpsException e) when (e.Code == "model-missing")
            {
                return null;
            }
        }

        return references;
    }

    /// <summary>Why a run must stay; null when nothing refers to it.</summary>
    public async Task<string?> WhyKeptAsync(DeletedRun run, CancellationToken cancellationToken)
    {
        if (_runs.TryGetValue(run.Id, out string? version))
            return version;
        if (run.Lineage.PipelineRun is not { } pipelineRun)
            return null;
        if (_pipelineRuns.TryGetValue(pipelineRun, out string? lineage))
            return lineage;
        // One that is through needs none but the one that it chose; another may go on, or be run again from a step that failed.
        return await FindAsync(pipelineRun, cancellationToken) is { } made && (made.Result is null || made.Result.RunId == run.Id) ? $"pipeline run {pipelineRun} made it" : null;
    }

    /// <summary>Why an experiment must stay that has no runs which are kept: a version has its files in the experiment's folder.</summary>
    public string? WhyKept(Experiment experiment) =>
        ArtifactUris.PathOf(ArtifactUris.OfExperiment(experiment)) is { } root && _folders.FirstOrDefault(f => (f.Key + "/").StartsWith(root + "/", StringComparison.Ordinal)).Value is { } version
            ? $"model version {version} has its files there"
            : null;

    /// <summary>Why a logged model must stay; null when nothing refers to it.</summary>
    public string? WhyKept(LoggedModel model) => _models.GetValueOrDefault(model.Id);

    /// <summary>Whether a version names a run or logged model of that id.</summary>
    public bool Names(string id) => _runs.ContainsKey(id) || _models.ContainsKey(id);

    /// <summary>Whether a version has a file of the artifact tree, or a folder that it lies in, for its files.</summary>
    public bool Covers(string path)
    {
        for (int end = path.Length; end > 0; end = path.LastIndexOf('/', end - 1))
        {
            if (_folders.ContainsKey(path[..end]))
                return true;
        }

        return _folders.ContainsKey("");
    }

    private void Add(ModelVersion version, bool isServed)
    {
        string served = isServed ? $", which endpoint {version.Model} serves" : "";
        foreach (string run in (string[])[version.RunId, .. RunsOf(version)])
            _runs[run] = $"model version {version.Name}{served} was registered from it";
        if (version.Source is { } source && ArtifactUris.PathOf(source.Location) is { } folder)
            _folders[folder] = version.Name;
        foreach (string model in (string[])[.. version.Source?.ModelId is { } said ? [said] : Array.Empty<string>(), .. RunsOf(version)])
            _models[model] = $"model version {version.Name}{served} was registered from it";
        if (version.Lineage.PipelineRun is { } pipelineRun)
            _pipelineRuns[pipelineRun] = $"it belongs to the lineage of model version {version.Name}{served}";
    }

    /// <summary>Whose artifacts a version of an MLflow client may have for its files: of runs, or of logged models.</summary>
    private static IEnumerable<string> RunsOf(ModelVersion version)
    {
        string[] parts = version.Source?.Location.Split('/') ?? [];
        return parts is ["runs:", var run, ..] ? [run] : parts.Zip(parts.Skip(1)).Where(p => p.Second == ArtifactUris.RunFolder).Select(p => p.First);
    }

    private async Task<PipelineRun?> FindAsync(string pipelineRun, CancellationToken cancellationToken)
    {
        if (_known.TryGetValue(pipelineRun, out PipelineRun? found))
            return found;
        try
        {
            found = await pipelines.GetRunAsync(pipelineRun, cancellationToken);
        }
        catch (MlOpsException e) when (e.Code == "pipeline-run-missing")
        {
        }

        return _known[pipelineRun] = found;
    }
}
