using MlOps.Domain.Evaluation;
using MlOps.Domain.Rollout;
using MlOps.Domain.Training;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Pipelines;

/// <summary>What a pipeline file says, checked. docs/pipeline-file.md describes each key with its default.</summary>
public sealed record PipelineSpec
{
    public required string Name { get; init; }

    public string? Description { get; init; }

    public required string Dataset { get; init; }

    /// <summary>The data set version to train on, or null for the newest (or the one that triggered the run).</summary>
    public int? DatasetVersion { get; init; }

    public required LearningTask Task { get; init; }

    public required string Target { get; init; }

    public string? PositiveClass { get; init; }

    /// <summary>The column that says how much each training row counts, or null: all alike.</summary>
    public string? Weight { get; init; }

    public ulong Seed { get; init; } = 42;

    public SchemaSection Schema { get; init; } = new();

    public FeaturesSection Features { get; init; } = new();

    public SplitSpec Split { get; init; } = new();

    /// <summary>At least one; the best by <see cref="Metric"/> on the validation rows goes on to the gates.</summary>
    public required IReadOnlyList<TrainerSection> Trainers { get; init; }

    public required string Metric { get; init; }

    /// <summary>Columns for which the evaluation reports each group on its own.</summary>
    public IReadOnlyList<string> Slices { get; init; } = [];

    /// <summary>What a candidate must pass before it is registered. All are checked, not only up to the first failure.</summary>
    public IReadOnlyList<GateSpec> Gates { get; init; } = [];

    public RegistrationSection Registration { get; init; } = new();

    /// <summary>Null: a new version is registered but gets no traffic.</summary>
    public RolloutPolicy? Rollout { get; init; }

    /// <summary>Null: served as it is.</summary>
    public ServingSection? Serving { get; init; }

    /// <summary>Null: nothing watches the model.</summary>
    public MonitoringSection? Monitoring { get; init; }

    /// <summary>Train on this beat, or null for never.</summary>
    public TimeSpan? ScheduleEvery { get; init; }

    /// <summary>A new version of the data set starts the pipeline.</summary>
    public bool TriggerOnNewData { get; init; }

    /// <summary>The registered model that the pipeline feeds.</summary>
    public string Model => Registration.Model ?? Name;
}

public sealed record FeaturesSection(IReadOnlyList<string> Include, IReadOnlyList<string> Exclude)
{
    public FeaturesSection()
        : this([], [])
    {
    }
}

/// <summary>One candidate: its label in reports, the trainer's name, its parameters as written.</summary>
public sealed record TrainerSection(string Name, string Trainer, IReadOnlyDictionary<string, string> Parameters);

public enum ApprovalMode
{
    /// <summary>Goes on by itself.</summary>
    None,

    /// <summary>Waits for a person.</summary>
    Manual,
}

public sealed record RegistrationSection(
    string? Model = null, ApprovalMode Approval = ApprovalMode.None, TimeSpan? ApprovalDeadline = null, string? Description = null);
