using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using MlOps.Domain.Workflows;

namespace MlOps.Azure.Workflows;

/// <summary>
/// What the functions call: workflows and activities of the catalog, each under the name of its function. Messages are JSON texts.
/// </summary>
/// <param name="client">With it a running activity sees its token cancelled when its instance is; asked while activities run.</param>
public sealed class DurableRunner(WorkflowCatalog catalog, Func<DurableTaskClient>? client = null)
{
    /// <summary>How often a running activity looks whether its instance has ended; default 15 s.</summary>
    public TimeSpan LookEvery { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Runs the workflow that the orchestrator function is named after, in the version that the instance began with.</summary>
    /// <exception cref="MlOpsException">NotFound <c>workflow-version-unknown</c>.</exception>
    public async Task<string?> RunWorkflowAsync(TaskOrchestrationContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        string name = context.Name.Name;
        var start = Messages.Read<WorkflowStart>(context.GetInput<string>(), $"the input of orchestration '{context.InstanceId}'");
        if (catalog.Find(name, start.Version) is not { } workflow)
        {
            // Durable ends it with this and runs it no more, so nothing else could count it.
            WorkflowMetrics.Ended(name, WorkflowState.Failed);
            throw EngineErrors.VersionUnknown(context.InstanceId, name, start.Version, catalog);
        }

        WorkflowEnd? end = await new DurableExecution(context, catalog, workflow, start).RunAsync();
        return end is null ? null : WorkflowJson.Write(end);
    }

    /// <summary>Runs one attempt of an activity.</summary>
    /// <param name="cancellationToken">Cancelled when the host stops: the exception that follows lets Durable run the activity elsewhere.</param>
    public async Task<string> RunActivityAsync(string activity, string message, CancellationToken cancellationToken)
    {
        var call = Messages.Read<ActivityCall>(message, $"the message to activity '{activity}'");
        return WorkflowJson.Write(await RunAsync(activity, call, cancellationToken));
    }

    private async Task<ActivityReply> RunAsync(string activity, ActivityCall call, CancellationToken cancellationToken)
    {
        try
        {
            IActivity known = catalog.FindActivity(activity) ?? throw EngineErrors.UnknownActivity(activity, catalog);
            object? input = Messages.Read(call.Input, known.InputType, $"the input of activity '{activity}'");
            Func<Task<bool>>? hasEnded = client is null ? null : InstanceWatch.Of(client, catalog, call.InstanceId);
            await using var watch = new InstanceWatch(hasEnded, LookEvery, cancellationToken);
            object? output = await known.RunAsync(new ActivityContext(call.InstanceId, call.Key, call.Attempt), input, watch.Ended);
            return new(Messages.Write(output, $"the result of activity '{activity}'"));
        }
#pragma warning disable CA1031 // Any exception of an activity is the failure of its step.
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            return new(null, Messages.Failure(e));
        }
    }
}
