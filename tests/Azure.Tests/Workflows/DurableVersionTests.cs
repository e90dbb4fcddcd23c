using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using MlOps.Azure.Workflows;
using MlOps.Contracts;
using MlOps.Contracts.Workflows;
using MlOps.Domain.Workflows;

namespace MlOps.Azure.Tests.Workflows;

/// <summary>An older package is put back under workflows that a newer one began, and code that cannot be reached is ended.</summary>
public sealed class DurableVersionTests : IAsyncLifetime
{
    private readonly RejectingStore _store = new();
    private WebApplication? _sidecar;
    private GrpcChannel? _channel;
    private ServiceProvider? _services;

    private DurableTaskClient Durable => _services!.GetRequiredService<DurableTaskClient>();

    public async Task InitializeAsync()
    {
        // For its clients only: nobody asks it for work.
        _sidecar = DurableSidecar.Create(_store);
        await _sidecar.StartAsync();
        _channel = GrpcChannel.ForAddress(_sidecar.Urls.Single());
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddDurableTaskClient(client =>
        {
            client.UseGrpc(_channel);
            client.RegisterDirectly();
        });
        _services = services.BuildServiceProvider();
    }

    public async Task DisposeAsync()
    {
        await _services!.DisposeAsync();
        _channel!.Dispose();
        await _sidecar!.DisposeAsync();
    }

    [Fact]
    public async Task Instance_OfANewerPackage_WaitsForItUnderAnOlderOneAndGoesOn()
    {
        WorkflowCatalog older = Of("1"), newer = Of("1", "2");
        await using (await FunctionsDispatcher.StartAsync(_store, newer))
        {
            await Client(newer).StartAsync("w", "", "new", default);
            await Eventually.TrueAsync(async () => (await StateAsync(newer, "new")).Status == "\"waiting\"", "its first step is done");
        }

        await using (await FunctionsDispatcher.StartAsync(_store, older))
        {
            MlOpsException unconfirmed = await Assert.ThrowsAsync<MlOpsException>(() => Client(older).RaiseEventAsync("new", "e", "x", "once", default));
            Assert.Equal("event-unconfirmed", unconfirmed.Code);
            await Eventually.TrueAsync(() => Task.FromResult(_store.Rejected > 1), "the older package gave the instance back");
            await Client(older).StartAsync("w", "", "old", default);
            await Client(older).RaiseEventAsync("old", "e", "y", null, default);
            Assert.Equal("\"1 first y\"", (await Client(older).WaitAsync("old", default)).Output);
            Assert.Equal(WorkflowState.Running, (await StateAsync(older, "new")).State);
        }

        await using (await FunctionsDispatcher.StartAsync(_store, newer))
            Assert.Equal("\"2 first x\"", (await Client(newer).WaitAsync("new", default)).Output);
    }

    [Fact]
    public async Task Cancel_TwiceOfCodeThatTakesNoNotice_IsDoneByDurableAndSaysSo()
    {
        WorkflowCatalog catalog = Of("1");
        await using FunctionsDispatcher deaf = await FunctionsDispatcher.StartAsync(
            _store, catalog.Level, (context, _) => context.WaitForExternalEvent<string?>("never"), (_, _) => throw new NotSupportedException());
        await Client(catalog).StartAsync("w", "", "i", default);

        DurableWorkflowClient client = Client(catalog);
        MlOpsException unanswered = await Assert.ThrowsAsync<MlOpsException>(() => client.CancelAsync("i", "not wanted", default));
        Assert.Equal((ErrorKind.Conflict, "instance-unanswered"), (unanswered.Kind, unanswered.Code));
        Assert.Equal(WorkflowState.Running, (await StateAsync(catalog, "i")).State);

        await client.CancelAsync("i", "not wanted", default);

        WorkflowInstance ended = await StateAsync(catalog, "i");
        Assert.Equal((WorkflowState.Cancelled, "cancelled"), (ended.State, ended.Failure!.Code));
        Assert.Contains("terminated by Durable", ended.Failure.Message, StringComparison.Ordinal);
        Assert.Contains("not wanted", ended.Failure.Message, StringComparison.Ordinal);
        MlOpsException forgotten = await Assert.ThrowsAsync<MlOpsException>(() => Client(catalog).RerunAsync("i", default));
        Assert.Equal("instance-forgotten", forgotten.Code);
    }

    [Fact]
    public async Task Cancel_WhileNoHostRuns_IsTakenWhenOneDoesAndCanBeRerun()
    {
        WorkflowCatalog catalog = Of("1");
        await using (await FunctionsDispatcher.StartAsync(_store, catalog))
        {
            await Client(catalog).StartAsync("w", "", "i", default);
            await Eventually.TrueAsync(async () => (await StateAsync(catalog, "i")).Status == "\"waiting\"", "its first step is done");
        }

        await Assert.ThrowsAsync<MlOpsException>(() => Client(catalog).CancelAsync("i", "not wanted", default));

        await using (await FunctionsDispatcher.StartAsync(_store, catalog))
        {
            WorkflowInstance ended = await Client(catalog).WaitAsync("i", default);
            Assert.Equal((WorkflowState.Cancelled, "not wanted"), (ended.State, ended.Failure!.Message));
            await Client(catalog).RerunAsync("i", default);
            await Client(catalog).RaiseEventAsync("i", "e", "x", null, default);
            Assert.Equal("\"1 first x\"", (await Client(catalog).WaitAsync("i", default)).Output);
        }
    }

    private async Task<WorkflowInstance> StateAsync(WorkflowCatalog catalog, string instance) => (await Client(catalog).FindAsync(instance, default))!;

    private DurableWorkflowClient Client(WorkflowCatalog catalog) => new(() => Durable, catalog, TimeProvider.System) { Patience = TimeSpan.FromSeconds(1) };

    private static WorkflowCatalog Of(params string[] versions)
    {
        var catalog = new WorkflowCatalog().Add(new InlineActivity<string, string>("first", (_, _, _) => Task.FromResult("first")));
        foreach (string version in versions)
        {
            catalog.Add(new InlineWorkflow<string, string>("w", async (c, _) =>
            {
                string first = await c.CallActivityAsync<string>("first", "");
                c.SetStatus("waiting");
                return $"{version} {first} {await c.WaitForEventAsync<string>("e", CancellationToken.None)}";
            }, version));
        }

        return catalog;
    }
}
