using MlOps.Domain.Workflows;

namespace MlOps.Contracts.Workflows;

/// <summary>A running engine over a store of its own, on a clock that the test moves.</summary>
public abstract class WorkflowFixture : IAsyncDisposable
{
    public ManualTimeProvider Clock { get; } = new();

    public abstract IWorkflowClient Client { get; }

    /// <summary>Stops the engine, running activities and all, and starts it again over the same store.</summary>
    /// <param name="catalog">What the new engine knows; null for the same as before.</param>
    public abstract Task RestartAsync(WorkflowCatalog? catalog = null);

    public abstract ValueTask DisposeAsync();

    /// <summary>Starts an instance and returns it once it has ended; the clock jumps from timer to timer meanwhile.</summary>
    public async Task<WorkflowInstance> RunAsync(string workflow, object? input, string instanceId = "i")
    {
        Assert.True(await Client.StartAsync(workflow, input, instanceId, CancellationToken.None));
        return await EndAsync(instanceId);
    }

    public async Task<WorkflowInstance> EndAsync(string instanceId = "i")
    {
        Task<WorkflowInstance> ended = Client.WaitAsync(instanceId, CancellationToken.None);
        await Clock.AdvanceUntilAsync(ended);
        return await ended;
    }

    public async Task<WorkflowInstance> StatusAsync(string instanceId = "i") =>
        await Client.FindAsync(instanceId, CancellationToken.None) ?? throw new InvalidOperationException($"no instance '{instanceId}'");

    public Task StatusIsAsync(string json, string instanceId = "i") =>
        Eventually.TrueAsync(async () => (await Client.FindAsync(instanceId, CancellationToken.None))?.Status == json, $"the status of {instanceId} is {json}");

    public Task RaiseAsync(string name, object? payload, string? eventId = null, string instanceId = "i") =>
        Client.RaiseEventAsync(instanceId, name, payload, eventId, CancellationToken.None);
}
