using Microsoft.DurableTask.Client;
using MlOps.Domain.Workflows;

namespace MlOps.Azure.Workflows;

/// <summary>An orchestration as the port shows it.</summary>
internal sealed class DurableInstance
{
    /// <summary>In every message of Durable about a history and code that do not fit.</summary>
    private const string Unfit = "execution of this orchestration";

    private readonly OrchestrationMetadata _durable;
    private readonly WorkflowStart _start;
    private readonly WorkflowProgress? _progress;

    /// <param name="durable">With inputs and outputs.</param>
    public DurableInstance(OrchestrationMetadata durable, WorkflowCatalog catalog)
    {
        _durable = durable;
        _start = Read<WorkflowStart>(durable.ReadInputAs<string>(), "input") ?? throw new InvalidOperationException($"orchestration '{durable.InstanceId}' has no input");
        _progress = Read<WorkflowProgress>(durable.SerializedCustomStatus, "status");
        End = durable.RuntimeStatus switch
        {
            OrchestrationRuntimeStatus.Completed => Read<WorkflowEnd>(durable.ReadOutputAs<string>(), "output"),
            OrchestrationRuntimeStatus.Failed => new(WorkflowState.Failed, durable.LastUpdatedAt) { Failure = FailureOf(catalog) },
            OrchestrationRuntimeStatus.Terminated => new(WorkflowState.Cancelled, durable.LastUpdatedAt) { Failure = Terminated(durable.SerializedOutput) },
            _ => _progress?.Ended,
        };
    }

    /// <summary>How the workflow ended; null while it runs.</summary>
    public WorkflowEnd? End { get; }

    public string Workflow => _durable.Name;

    /// <summary>By us, or with Durable's own means.</summary>
    public bool IsSuspended => End is null && (IsSuspendedByDurable || _progress?.Suspended == true);

    public bool IsSuspendedByDurable => _durable.RuntimeStatus == OrchestrationRuntimeStatus.Suspended;

    /// <summary>False while activities that were running when the workflow ended have not come back.</summary>
    public bool IsSettled => _durable.IsCompleted;

    /// <summary>Durable itself gave up: the code does not fit the history, or its version is gone.</summary>
    public bool IsBroken => _durable.RuntimeStatus == OrchestrationRuntimeStatus.Failed;

    public static async Task<DurableInstance?> FindAsync(DurableTaskClient client, WorkflowCatalog catalog, string instanceId, CancellationToken cancellationToken) =>
        await client.GetInstanceAsync(instanceId, getInputsAndOutputs: true, cancellationToken) is { } durable ? new(durable, catalog) : null;

    /// <summary>The event came while the workflow ran, lately or at any time if it has ended.</summary>
    public bool HasTaken(string eventId) =>
        End?.EventIds?.Contains(eventId) == true || (_progress?.Taken ?? _start.Taken)?.Contains(WorkflowProgress.MarkOf(eventId)) == true;

    public WorkflowInstance ToPort() => new(
        _durable.InstanceId,
        Workflow,
        _start.Version,
        End?.State ?? (IsSuspended ? WorkflowState.Suspended : WorkflowState.Running),
        _start.CreatedAt,
        End?.At ?? _durable.LastUpdatedAt,
        _start.Input,
        End?.Output,
        _progress is null ? _start.Status : _progress.Status?.GetRawText(),
        End?.Failure);

    private StepFailure FailureOf(WorkflowCatalog catalog)
    {
        if (catalog.Find(Workflow, _start.Version) is null)
            return Messages.Failure(EngineErrors.VersionUnknown(_durable.InstanceId, Workflow, _start.Version, catalog));
        // The in-process host keeps the details, Azure Storage only their text.
        string why = _durable.FailureDetails?.ErrorMessage ?? _durable.SerializedOutput ?? "Durable gave no reason";
        return why.Contains(Unfit, StringComparison.Ordinal)
            ? Messages.Failure(EngineErrors.Changed(_durable.InstanceId, Workflow, _start.Version, why))
            : Messages.Limit(new(ErrorKind.Unavailable, "unexpected", why));
    }

    /// <summary>By <see cref="DurableWorkflowClient.CancelAsync"/>, or with Durable's own means.</summary>
    private static StepFailure Terminated(string? reason) =>
        Messages.Limit(new(ErrorKind.Conflict, "cancelled", $"terminated by Durable, since its code did not answer or somebody asked for it: {reason}; it cannot be rerun"));

    private T? Read<T>(string? json, string what)
        where T : class =>
        json is null ? null : Messages.Read<T>(json, $"the {what} of orchestration '{_durable.InstanceId}'");
}
