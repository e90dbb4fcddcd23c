using System.Diagnostics.Metrics;
using Microsoft.DurableTask.Client;
using MlOps.Contracts;
using MlOps.Contracts.Workflows;
using MlOps.Domain.Workflows;

namespace MlOps.Azure.Tests.Workflows;

/// <summary>What Durable itself gets to see of an instance.</summary>
public sealed class DurableStatusTests
{
    [Fact]
    public async Task Status_FullOfQuotes_IsNoLargerForDurable()
    {
        string status = new('"', 2_600);
        var catalog = new WorkflowCatalog().Add(new InlineWorkflow<string, string>("w", async (c, _) =>
        {
            c.SetStatus(status);
            return await c.WaitForEventAsync<string>("e", CancellationToken.None);
        }));
        await using DurableFixture engine = await DurableFixture.OpenAsync(catalog, 8, static _ => { });
        await engine.Client.StartAsync("w", "", "i", CancellationToken.None);
        await engine.StatusIsAsync(WorkflowJson.Write(status));
        OrchestrationMetadata? seen = await engine.Durable.GetInstanceAsync("i", getInputsAndOutputs: true);
        Assert.InRange(seen!.SerializedCustomStatus!.Length, 1, WorkflowJson.MaxMessageBytes);
    }

    [Fact]
    public async Task Suspension_ByDurablesOwnMeans_IsShownAndLiftedByResumeAndCancel()
    {
        var catalog = new WorkflowCatalog().Add(new InlineWorkflow<string, string>("w", (c, _) => c.WaitForEventAsync<string>("e", CancellationToken.None)));
        await using DurableFixture engine = await DurableFixture.OpenAsync(catalog, 8, static _ => { });
        await engine.Client.StartAsync("w", "", "i", CancellationToken.None);
        await SuspendAsync(engine);
        await engine.Client.ResumeAsync("i", CancellationToken.None);
        Assert.Equal(WorkflowState.Running, (await engine.StatusAsync()).State);
        await SuspendAsync(engine);
        await engine.Client.CancelAsync("i", "not wanted", CancellationToken.None);
        Assert.Equal(WorkflowState.Cancelled, (await engine.StatusAsync()).State);
    }

    [Fact]
    public async Task Failure_ForAVersionThatIsGone_IsCounted()
    {
        long counted = 0;
        using var listener = new MeterListener { InstrumentPublished = (i, l) => l.EnableMeasurementEvents(i) };
        listener.SetMeasurementEventCallback<long>((i, n, tags, _) =>
        {
            if (i.Name == "mlops.workflows" && tags.ToArray().Contains(new("workflow", "gone")) && tags.ToArray().Contains(new("state", "failed")))
                Interlocked.Add(ref counted, n);
        });
        listener.Start();
        static WorkflowCatalog Of(string version) => new WorkflowCatalog().Add(
            new InlineWorkflow<string, string>("gone", (c, _) => c.WaitForEventAsync<string>("e", CancellationToken.None), version));
        await using DurableFixture engine = await DurableFixture.OpenAsync(Of("1"), 8, static _ => { });
        await engine.Client.StartAsync("gone", "", "i", CancellationToken.None);
        await engine.RaiseAsync("other", 1);
        await engine.RestartAsync(Of("2"));
        Assert.Equal("workflow-version-unknown", (await engine.EndAsync()).Failure!.Code);
        Assert.Equal(1, counted);
    }

    private static async Task SuspendAsync(DurableFixture engine)
    {
        await engine.Durable.SuspendInstanceAsync("i", "by hand", CancellationToken.None);
        await Eventually.TrueAsync(async () => (await engine.StatusAsync()).State == WorkflowState.Suspended, "Durable has suspended it");
    }

    [Fact]
    public async Task Orchestration_OfSomebodyElse_IsNotListed()
    {
        var catalog = new WorkflowCatalog().Add(new InlineWorkflow<string, string>("w", (c, _) => c.WaitForEventAsync<string>("e", CancellationToken.None)));
        await using DurableFixture engine = await DurableFixture.OpenAsync(catalog, 8, static _ => { });
        await engine.Client.StartAsync("w", "", "ours", CancellationToken.None);
        await engine.Durable.ScheduleNewOrchestrationInstanceAsync("foreign", "input", CancellationToken.None);
        List<string> ids = [];
        await foreach (WorkflowInstance instance in engine.Client.ListAsync(null, null, CancellationToken.None))
            ids.Add(instance.InstanceId);
        Assert.Equal(["ours"], ids);
    }
}
