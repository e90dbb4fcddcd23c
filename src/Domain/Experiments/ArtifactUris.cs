namespace MlOps.Domain.Experiments;

/// <summary>
/// Where MLflow's clients put artifacts. <c>mlflow-artifacts:/[path]</c> is this server's own store, reached by its proxy; any other
/// location the clients write to themselves.
/// </summary>
public static class ArtifactUris
{
    public const string Scheme = "mlflow-artifacts:";

    /// <summary>Between a run's id and the paths of its artifacts.</summary>
    public const string RunFolder = "artifacts";

    public static string OfExperiment(Experiment experiment) => OfExperiment(experiment.Id, experiment.ArtifactLocation);

    public static string OfRun(Run run) => OfRun(run.ExperimentId, run.ArtifactLocation, run.Id);

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
