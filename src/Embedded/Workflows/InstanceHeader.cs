using MlOps.Domain.Storage;
using MlOps.Domain.Workflows;

namespace MlOps.Embedded.Workflows;

/// <summary>The one row that says where an instance stands; its ETag keeps a second engine on the same store from writing.</summary>
internal sealed record InstanceHeader(string InstanceId, string Workflow, string Version, DateTimeOffset CreatedAt)
{
    public const string Row = "h";

    public WorkflowState State { get; init; } = WorkflowState.Running;

    public DateTimeOffset UpdatedAt { get; init; } = CreatedAt;

    public string? Input { get; init; }

    public string? Output { get; init; }

    public string? Status { get; init; }

    public StepFailure? Failure { get; init; }

    /// <summary>The instance that called this one as a sub-workflow, and the number and key of its step.</summary>
    public string? Parent { get; init; }

    public int ParentStep { get; init; }

    public string? ParentKey { get; init; }

    /// <summary>Reruns of the parent that this instance has heeded.</summary>
    public int ParentReruns { get; init; }

    /// <summary>Raised by each continue-as-new.</summary>
    public int Generation { get; init; }

    /// <summary>Events in the journal of this generation.</summary>
    public long Events { get; init; }

    public int Reruns { get; init; }

    public string? ETag { get; init; }

    public bool Ended => State is not (WorkflowState.Running or WorkflowState.Suspended);

    public WorkflowInstance ToInstance() =>
        new(InstanceId, Workflow, Version, State, CreatedAt, UpdatedAt, Input, Output, Status, Failure);

    public Entity ToEntity() => new(InstanceId, Row)
    {
        ["workflow"] = Workflow,
        ["version"] = Version,
        ["state"] = State.ToString(),
        ["created"] = CreatedAt,
        ["updated"] = UpdatedAt,
        ["input"] = Input,
        ["output"] = Output,
        ["status"] = Status,
        ["errorKind"] = Failure?.Kind.ToString(),
        ["errorCode"] = Failure?.Code,
        ["error"] = Failure?.Message,
        ["parent"] = Parent,
        ["parentStep"] = Parent is null ? null : ParentStep,
        ["parentKey"] = ParentKey,
        ["parentReruns"] = ParentReruns,
        ["generation"] = Generation,
        ["events"] = Events,
        ["reruns"] = Reruns,
    };

    /// <summary>What changes while an instance runs on: small, so that a step does not rewrite the input.</summary>
    public Entity ToProgress() => new(InstanceId, Row)
    {
        ["updated"] = UpdatedAt,
        ["events"] = Events,
        ["status"] = Status,
    };

    public static InstanceHeader Read(Entity row) => new(row.Key.Partition, Required(row, "workflow"), Required(row, "version"), row.Time("created") ?? throw JournalCodec.Corrupt(row, "has no created"))
    {
        State = JournalCodec.Named<WorkflowState>(row, "state"),
        UpdatedAt = row.Time("updated") ?? throw JournalCodec.Corrupt(row, "has no updated"),
        Input = row.Text("input"),
        Output = row.Text("output"),
        Status = row.Text("status"),
        Failure = row["errorKind"] is null ? null : JournalCodec.FailureOf(row),
        Parent = row.Text("parent"),
        ParentStep = (int)(row.Int("parentStep") ?? 0),
        ParentKey = row.Text("parentKey"),
        ParentReruns = (int)(row.Int("parentReruns") ?? 0),
        Generation = (int)(row.Int("generation") ?? 0),
        Events = row.Int("events") ?? throw JournalCodec.Corrupt(row, "has no events"),
        Reruns = (int)(row.Int("reruns") ?? 0),
        ETag = row.ETag,
    };

    private static string Required(Entity row, string property) => row.Text(property) ?? throw JournalCodec.Corrupt(row, $"has no {property}");
}
