namespace MlOps.Domain.Experiments;

/// <summary>
/// Where MLflow's clients put artifacts. <c>mlflow-artifacts:/[path]</c> is this server's own store, reached by its proxy; any other
/// location the clients write to themselves.
/// </summary>
public static class ArtifactUris
{
    public const string Scheme = "mlflow-artifacts:";

    /// <summary>Between the id of a run, logged model or trace and the paths of its artifacts.</summary>
    public const string RunFolder = "artifacts";

    public static string OfExperiment(Experiment experiment) => OfExperiment(experiment.Id, experiment.ArtifactLocation);

    public static string OfRun(Run run) => OfRun(run.ExperimentId, run.ArtifactLocation, run.Id);

    /// <summary>Between an experiment's place and the ids of its logged models, and of its traces.</summary>
    public const string ModelFolder = "models";

    /// <inheritdoc cref="ModelFolder"/>
    public const string TraceFolder = "traces";

    /// <summary>Where the files of a logged model are.</summary>
    public static string OfModel(Models.LoggedModel model) =>
        Append(OfExperiment(model.ExperimentId, model.ArtifactLocation), $"{ModelFolder}/{model.Id}/{RunFolder}");

    /// <summary>Where the spans of a trace are.</summary>
    public static string OfTrace(Traces.Trace trace) =>
        Append(OfExperiment(trace.ExperimentId, trace.ArtifactLocation), $"{TraceFolder}/{trace.Id}/{RunFolder}");

    public static string OfRun(Experiment experiment, string runId) => OfRun(experiment.Id, experiment.ArtifactLocation, runId);

    /// <summary>The path in this server's own store that <c>mlflow-artifacts:/a/b</c> or <c>mlflow-artifacts://host/a/b</c> names; null for another location.</summary>
    public static string? PathOf(string location)
    {
        if (!location.StartsWith(Scheme, StringComparison.Ordinal))
            return null;
        string rest = location[Scheme.Length..];
        if (rest.StartsWith("//", StringComparison.Ordinal))
            rest = rest.IndexOf('/', 2) is > 0 and int slash ? rest[slash..] : "";
        return rest.Trim('/');
    }

    private static string OfExperiment(string id, string? location) => location ?? $"{Scheme}/{id}";

    private static string OfRun(string experimentId, string? location, string runId) => Append(OfExperiment(experimentId, location), $"{runId}/{RunFolder}");

    /// <summary>Before the query of a location, which names an account or a region.</summary>
    private static string Append(string location, string path)
    {
        int query = location.IndexOf('?', StringComparison.Ordinal);
        string place = (query < 0 ? location : location[..query]).TrimEnd('/');
        return $"{place}/{path}{(query < 0 ? "" : location[query..])}";
    }
}
