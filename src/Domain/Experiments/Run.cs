using System.Text.Json.Serialization;

namespace MlOps.Domain.Experiments;

/// <summary>The names are those of the MLflow protocol.</summary>
public enum RunStatus
{
    Running,
    Scheduled,
    Finished,
    Failed,
    Killed,
}

/// <summary>Where a run's model comes from. Every part is optional; none of them is looked up.</summary>
/// <param name="Dataset">Data set version as <c>name@3</c>.</param>
/// <param name="DatasetDigest">Content digest of that version.</param>
/// <param name="SpecDigest">Digest of the pipeline document or training spec.</param>
/// <param name="CodeVersion">Version of the program that trained.</param>
/// <param name="PipelineRun">Instance id of the pipeline run.</param>
public sealed record RunLineage(
    string? Dataset = null,
    string? DatasetDigest = null,
    string? SpecDigest = null,
    string? CodeVersion = null,
    string? PipelineRun = null)
{
    public static readonly RunLineage None = new();
}

/// <summary>What begins a run.</summary>
/// <param name="RunId">Chosen by the caller, so that a repeated start is the same run: a letter or digit, then up to 199 of <c>A-Z a-z 0-9 _ . : ~ -</c>.</param>
/// <param name="Experiment">Name of the experiment; it is created when it does not exist.</param>
/// <param name="Name">For people; 1 to 500 characters, need not be unique.</param>
/// <param name="User">Who started it; shown, not checked.</param>
/// <param name="StartedAt">Default: now. The order of the runs of an experiment follows it.</param>
public sealed record RunStart(
    string RunId,
    string Experiment,
    string Name,
    RunLineage Lineage,
    IReadOnlyDictionary<string, string> Tags,
    string? User = null,
    DateTimeOffset? StartedAt = null)
{
    /// <summary>The experiment by its id, which must exist, instead of by its name, which may change.</summary>
    public string? ExperimentId { get; init; }
}

/// <summary>A run as it stands.</summary>
/// <param name="Experiment">Name of the experiment.</param>
/// <param name="EndedAt">When it got the status it has now; null while running or scheduled.</param>
/// <param name="Metrics">The latest value of each metric: the one with the greatest (step, time, value).</param>
/// <param name="Reason">Why it ended as it did, in words; null when nobody said.</param>
public sealed record Run(
    string Id,
    string Experiment,
    string Name,
    RunStatus Status,
    DateTimeOffset StartedAt,
    DateTimeOffset? EndedAt,
    IReadOnlyDictionary<string, string> Params,
    IReadOnlyDictionary<string, double> Metrics,
    IReadOnlyDictionary<string, string> Tags,
    RunLineage Lineage,
    string? Reason)
{
    public string ExperimentId { get; init; } = "";

    public string? User { get; init; }

    /// <summary>When it, or its experiment, was deleted; null while it is active.</summary>
    public DateTimeOffset? DeletedAt { get; init; }

    /// <summary>Where MLflow's clients are told to put its artifacts; null for this server's own store.</summary>
    [JsonIgnore]
    public string? ArtifactLocation { get; init; }

    /// <summary>Data sets that it used, as its logger described them.</summary>
    public IReadOnlyList<DatasetInput> Inputs { get; init; } = [];

    [JsonIgnore]
    public IReadOnlyList<ModelLink> ModelInputs { get; init; } = [];

    [JsonIgnore]
    public IReadOnlyList<ModelLink> ModelOutputs { get; init; } = [];

    /// <summary>The same values as <see cref="Metrics"/> with their step and time, by name.</summary>
    [JsonIgnore]
    public IReadOnlyList<MetricPoint> LatestMetrics { get; init; } = [];
}

/// <summary>One page of an experiment's runs, newest first; pass <paramref name="Continuation"/> back for the next, null on the last.</summary>
public sealed record RunPage(IReadOnlyList<Run> Runs, string? Continuation)
{
    /// <summary>How many runs all pages have together, where a search counted them.</summary>
    public int? Total { get; init; }
}
