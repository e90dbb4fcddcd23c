using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MlOps.Domain.Workflows;
using MlOps.Domain.Workflows.Replay;

namespace MlOps.Azure.Workflows;

/// <summary>The input of an orchestration: which code runs, on what, and what an earlier execution of the instance left to it.</summary>
internal sealed record WorkflowStart(string Version, string? Input, DateTimeOffset CreatedAt)
{
    /// <summary>Raised by each continue-as-new.</summary>
    public int Generation { get; init; }

    /// <summary>The events so far; null for a fresh instance.</summary>
    public IReadOnlyList<JournalEvent>? Journal { get; init; }

    /// <summary>Ids of the events that came.</summary>
    public IReadOnlyList<string>? EventIds { get; init; }

    /// <summary>See <see cref="WorkflowProgress.Taken"/>.</summary>
    public IReadOnlyList<string>? Taken { get; init; }

    public string? Status { get; init; }
}

/// <summary>The output of an orchestration. It is one also when the workflow failed: Durable keeps no memory of its own that a rerun could build on.</summary>
internal sealed record WorkflowEnd(WorkflowState State, DateTimeOffset At)
{
    public string? Output { get; init; }

    public StepFailure? Failure { get; init; }

    public IReadOnlyList<string>? EventIds { get; init; }

    /// <summary>The input of the execution that goes on from here; null when none can.</summary>
    public WorkflowStart? Again { get; init; }
}

/// <summary>
/// The custom status of an orchestration. Durable lets one end only when its running activities have come back; until then this tells
/// that the workflow has ended.
/// </summary>
/// <param name="Status">As it is, not as a text in a text: Azure Storage gives a status 64 KB, which escaping twice could exceed.</param>
/// <param name="Taken">Marks of the events that came last: how whoever raised one learns that the instance has it.</param>
internal sealed record WorkflowProgress(JsonElement? Status, WorkflowEnd? Ended = null, bool Suspended = false, IReadOnlyList<string>? Taken = null)
{
    public static string MarkOf(string eventId) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(eventId)), 0, 8);
}

/// <summary>What comes to a running instance from outside: an event, or the wish to cancel, hold or resume it.</summary>
internal sealed record WorkflowSignal
{
    /// <summary>The one name under which Durable carries signals, so that they stay in order.</summary>
    public const string Channel = "mlops";

    public string? Name { get; init; }

    public string? Payload { get; init; }

    public string? EventId { get; init; }

    public string? Cancel { get; init; }

    /// <summary>Hold the code, or let it go on.</summary>
    public bool? Suspend { get; init; }
}

internal sealed record ActivityCall(string InstanceId, string Key, int Attempt, string? Input);

/// <summary>A failure is an answer, too: as an exception it would lose its kind and code on the way.</summary>
internal sealed record ActivityReply(string? Output, StepFailure? Failure = null);
