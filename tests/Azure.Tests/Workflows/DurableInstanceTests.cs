using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Converters;
using MlOps.Azure.Workflows;
using MlOps.Contracts.Workflows;
using MlOps.Domain.Workflows;

namespace MlOps.Azure.Tests.Workflows;

/// <summary>Orchestrations as Azure Storage gives them back: why one failed stands in its output, as text, and nowhere else.</summary>
public sealed class DurableInstanceTests
{
    private const string Unfit =
        "DurableTask.Core.Exceptions.NonDeterministicOrchestrationException: Non-Deterministic workflow detected: A previous execution of this "
        + "orchestration scheduled an activity task with sequence number 1 named 'echo', but the current orchestration replay instead scheduled an "
        + "activity task named 'other' with this sequence number.";

    [Theory]
    [InlineData("1", Unfit, "workflow-changed", "'other'")]
    [InlineData("2", Unfit, "workflow-version-unknown", "version '2'")]
    [InlineData("1", "System.OutOfMemoryException: no more", "unexpected", "no more")]
    [InlineData("1", null, "unexpected", "no reason")]
    public void Failure_OfDurableItself_SaysWhy(string version, string? output, string code, string part)
    {
        StepFailure failure = Read(OrchestrationRuntimeStatus.Failed, version, output).Failure!;
        Assert.Equal(code, failure.Code);
        Assert.Contains(part, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Termination_FromOutside_IsACancellation()
    {
        WorkflowInstance instance = Read(OrchestrationRuntimeStatus.Terminated, "1", "\"by hand\"");
        Assert.Equal((WorkflowState.Cancelled, "cancelled"), (instance.State, instance.Failure!.Code));
    }

    [Theory]
    [InlineData(OrchestrationRuntimeStatus.Pending, WorkflowState.Running)]
    [InlineData(OrchestrationRuntimeStatus.Running, WorkflowState.Running)]
    [InlineData(OrchestrationRuntimeStatus.Suspended, WorkflowState.Suspended)]
    public void State_OfAllThatMayGoOn_HasNotEnded(OrchestrationRuntimeStatus status, WorkflowState state)
    {
        WorkflowInstance instance = Read(status, "1", null);
        Assert.Equal((state, false), (instance.State, instance.HasEnded));
    }

    private static WorkflowInstance Read(OrchestrationRuntimeStatus status, string version, string? output)
    {
        var catalog = new WorkflowCatalog().Add(new InlineWorkflow<string, string>("w", (_, input) => Task.FromResult(input)));
        string start = WorkflowJson.Write(new WorkflowStart(version, "\"\"", DateTimeOffset.UnixEpoch));
        var metadata = new OrchestrationMetadata("w", "i")
        {
            RuntimeStatus = status,
            DataConverter = JsonDataConverter.Default,
            SerializedInput = WorkflowJson.Write(start),
            SerializedCustomStatus = "null",
            SerializedOutput = output,
        };
        return new DurableInstance(metadata, catalog).ToPort();
    }
}
