namespace MlOps.Domain.Experiments;

/// <summary>
/// What to log in one step: either all of it is taken or, when something in it is invalid or contradicts an earlier param, nothing.
/// What is null or empty stays as it is.
/// </summary>
public sealed record RunChanges
{
    public static readonly IReadOnlyDictionary<string, string> NoTexts = new Dictionary<string, string>();

    /// <summary>Immutable once logged: the same value again is fine, another one is a Conflict.</summary>
    public IReadOnlyDictionary<string, string> Params { get; init; } = NoTexts;

    public IReadOnlyList<MetricPoint> Metrics { get; init; } = [];

    /// <summary>The last value stands; a null removes the tag.</summary>
    public IReadOnlyDictionary<string, string?> Tags { get; init; } = new Dictionary<string, string?>();

    /// <summary>A JSON object that says of a model that it was logged as an artifact: goes to the end of the JSON list in tag <c>mlflow.log-model.history</c>, unless it is in it.</summary>
    public string? LoggedModel { get; init; }

    /// <summary>Whether a client says so and no part of this program: what a pipeline logged is evidence, of which clients change name and tags only.</summary>
    public bool IsForeign { get; init; }

    /// <summary>A new name of the run.</summary>
    public string? Name { get; init; }

    public RunStatus? Status { get; init; }

    /// <summary>When it ended; a run that is Running or Scheduled again has no end.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Whether there is nothing in it but points of metrics.</summary>
    internal bool ArePoints => Metrics.Count > 0 && Params.Count == 0 && Tags.Count == 0 && Inputs.Count == 0 && ModelInputs.Count == 0 && ModelOutputs.Count == 0
        && LoggedModel is null && Name is null && Status is null && EndedAt is null;

    /// <summary>Data sets that it used. A name and digest that it has already stays one input.</summary>
    public IReadOnlyList<DatasetInput> Inputs { get; init; } = [];

    /// <summary>Logged models that it used, by id; one that it has already changes nothing.</summary>
    public IReadOnlyList<ModelLink> ModelInputs { get; init; } = [];

    /// <summary>Logged models that it made, by id; one that it has already at that step changes nothing.</summary>
    public IReadOnlyList<ModelLink> ModelOutputs { get; init; } = [];
}
