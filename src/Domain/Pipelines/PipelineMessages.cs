using MlOps.Domain.Evaluation;
using MlOps.Domain.Rollout;
using MlOps.Domain.Training;

namespace MlOps.Domain.Pipelines;

/// <summary>The input of the <c>pipeline</c> workflow: the document it is pinned to, by digest, and why it runs.</summary>
public sealed record PipelineInput(string Pipeline, string Document, PipelineTrigger Trigger);

/// <summary>How a run ended that did not fail.</summary>
public enum PipelineEnd
{
    /// <summary>The new version is the champion.</summary>
    Promoted,

    /// <summary>Registered; the file asks for no rollout.</summary>
    Registered,

    /// <summary>The data broke the schema; nothing was trained.</summary>
    SchemaFailed,

    /// <summary>A gate was not passed; the run is kept, nothing was registered.</summary>
    GateFailed,

    /// <summary>Nobody approved in time, or somebody refused.</summary>
    Refused,

    /// <summary>Registered, but the rollout took its traffic away again.</summary>
    RolledBack,

    /// <summary>Registered, but somebody ended the rollout, or a newer one took over.</summary>
    Aborted,
}

/// <summary>The output of the <c>pipeline</c> workflow.</summary>
/// <param name="Reason">One sentence for people.</param>
public sealed record PipelineResult(PipelineEnd End, string Reason)
{
    public string? Dataset { get; init; }

    /// <summary>The experiment run of the chosen candidate.</summary>
    public string? RunId { get; init; }

    public string? ModelDigest { get; init; }

    public string? Model { get; init; }

    public int? Version { get; init; }

    public IReadOnlyDictionary<string, double> Metrics { get; init; } = new Dictionary<string, double>();

    public IReadOnlyList<GateVerdict> Gates { get; init; } = [];
}

/// <summary>Payload of the event <see cref="EventName"/>.</summary>
public sealed record ApprovalDecision(bool Approved, string By, string? Reason = null)
{
    public const string EventName = "approval";
}

/// <summary>What the workflow needs to know of the document; the rest stays in the store.</summary>
internal sealed record PreparedPipeline(
    string Dataset,
    string DatasetDigest,
    long Rows,
    string Model,
    string Metric,
    IReadOnlyList<string> Trainers,
    bool NeedsApproval,
    TimeSpan? ApprovalDeadline,
    RolloutPolicy? Rollout,
    bool Monitored);

/// <summary>Every activity of a run gets the document and the data by reference.</summary>
internal sealed record StepInput(PipelineInput Run, string Dataset);

internal sealed record SchemaOutcome(IReadOnlyList<string> Problems);

internal sealed record TrainInput(PipelineInput Run, string Dataset, int Trainer, string RunId)
{
    /// <summary>Where the pieces before have come; null: train to the end at once, as runs of the first two versions ask.</summary>
    public TrainingPieces? Pieces { get; init; }
}

/// <summary>A trained candidate and how it did on the validation rows (on the training rows where there are none).</summary>
internal sealed record Candidate(string Trainer, string RunId, string ModelDigest, long ModelSize, double? Value, bool OnTrainingRows = false)
{
    /// <summary>There is no model yet: ask again with this.</summary>
    public TrainingPieces? Unfinished { get; init; }
}

internal sealed record EvaluateInput(PipelineInput Run, string Dataset, Candidate Candidate);

internal sealed record EvaluateOutcome(IReadOnlyDictionary<string, double> Metrics, int Rows, int? Champion, double? ChampionValue)
{
    /// <summary>Test rows that the champion did not learn from; null without a comparison.</summary>
    public int? ComparedRows { get; init; }

    /// <summary>The candidate's metric on these rows.</summary>
    public double? ComparedValue { get; init; }

    /// <summary>Why there is no comparison though there is a champion.</summary>
    public string? Unmeasured { get; init; }
}

internal sealed record GateOutcome(IReadOnlyList<GateVerdict> Verdicts)
{
    public IEnumerable<GateVerdict> Failed => Verdicts.Where(v => !v.Passed);
}

internal sealed record RegisterInput(PipelineInput Run, string Dataset, Candidate Candidate, IReadOnlyDictionary<string, double> Metrics, string By);

internal sealed record RegisteredVersion(string Model, int Version);

internal sealed record MonitorInput(PipelineInput Run);

/// <param name="Removed">The model was watched and is no longer.</param>
internal sealed record MonitorSet(bool Drift, bool Performance, bool Removed = false);

/// <param name="Version">Null when there is no champion.</param>
internal sealed record ChampionFound(int? Version);
