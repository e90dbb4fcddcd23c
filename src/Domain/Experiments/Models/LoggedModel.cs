namespace MlOps.Domain.Experiments.Models;

public enum LoggedModelStatus
{
    Unspecified = 0,

    /// <summary>Its files are not all there yet.</summary>
    Pending = 1,
    Ready = 2,
    UploadFailed = 3,
}

/// <summary>
/// A model that a client of MLflow 3 logged to an experiment: what it is called and was made with, how good it is; its files are artifacts
/// below <see cref="ArtifactUris.OfModel"/>. It is no version of a registered model, but one may be made of it.
/// </summary>
/// <param name="Name">Need not be unique.</param>
public sealed record LoggedModel(string Id, string ExperimentId, string Name, DateTimeOffset CreatedAt)
{
    public LoggedModelStatus Status { get; init; } = LoggedModelStatus.Pending;

    public string? StatusMessage { get; init; }

    /// <summary>When it was made, finalized or deleted last.</summary>
    public DateTimeOffset UpdatedAt { get; init; } = CreatedAt;

    public DateTimeOffset? DeletedAt { get; init; }

    /// <summary>In words of whoever logged it: <c>Agent</c>, <c>Classifier</c>; null when not told.</summary>
    public string? Type { get; init; }

    /// <summary>The run that made it; null when none did.</summary>
    public string? SourceRunId { get; init; }

    /// <summary>Where its experiment's artifacts went when it was made; see <see cref="Experiment.ArtifactLocation"/>.</summary>
    public string? ArtifactLocation { get; init; }

    /// <summary>Fixed once logged.</summary>
    public IReadOnlyDictionary<string, string> Params { get; init; } = RunChanges.NoTexts;

    public IReadOnlyDictionary<string, string> Tags { get; init; } = RunChanges.NoTexts;

    /// <summary>The latest value of each metric by run and data set.</summary>
    public IReadOnlyList<ModelMetric> Metrics { get; init; } = [];
}

/// <summary>A value of a metric that was logged with a model's id.</summary>
/// <param name="RunId">To which it was logged.</param>
/// <param name="DatasetName">On which it was measured; null when not told.</param>
public sealed record ModelMetric(string RunId, string Name, double Value, long Step, DateTimeOffset Time, string? DatasetName = null, string? DatasetDigest = null)
{
    internal (string, string, string?, string?) Series => (Name, RunId, DatasetName, DatasetDigest);

    internal (DateTimeOffset, long, double) Order => (Time, Step, Value);
}

/// <summary>What begins a logged model.</summary>
/// <param name="Id">Chosen by the caller, so that a repeated start is the same model; by habit <c>m-</c> and 32 hexadecimal digits.</param>
/// <param name="Name">Not empty, without <c>/ : . % " '</c>.</param>
public sealed record LoggedModelStart(string Id, string ExperimentId, string Name)
{
    public string? Type { get; init; }

    public string? SourceRunId { get; init; }

    /// <summary>Default: now.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    public IReadOnlyDictionary<string, string> Params { get; init; } = RunChanges.NoTexts;

    public IReadOnlyDictionary<string, string> Tags { get; init; } = RunChanges.NoTexts;
}
