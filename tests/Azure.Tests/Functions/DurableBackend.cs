using System.Text.Json;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.DurableTask.Protobuf;
using Microsoft.DurableTask.Testing.Sidecar;

namespace MlOps.Azure.Tests.Functions;

/// <summary>
/// What Durable's extension does in the Functions host, over the in-process store: it takes work items and calls the function of that
/// name, an orchestrator with its whole history, an activity with its input.
/// </summary>
internal sealed class DurableBackend : IAsyncDisposable
{
    private readonly WebApplication _sidecar;
    private readonly GrpcChannel _channel;
    private readonly WorkerApp _app;
    private readonly CancellationTokenSource _stop = new();
    private Task _working = Task.CompletedTask;

    private DurableBackend(WebApplication sidecar, WorkerApp app) =>
        (_sidecar, _channel, _app) = (sidecar, GrpcChannel.ForAddress(sidecar.Urls.Single()), app);

    public static async Task<DurableBackend> StartAsync(WorkerApp app)
    {
        WebApplication sidecar = DurableSidecar.Create(new InMemoryOrchestrationService(null));
        await sidecar.StartAsync();
        var backend = new DurableBackend(sidecar, app);
        app.DurableClient = WorkerApp.Durable(sidecar.Urls.Single());
        backend._working = backend.WorkAsync();
        return backend;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _working;
        _channel.Dispose();
        await _sidecar.DisposeAsync();
        _stop.Dispose();
    }

    private async Task WorkAsync()
    {
        var client = new TaskHubSidecarService.TaskHubSidecarServiceClient(_channel);
        var running = new List<Task>();
        try
        {
            using AsyncServerStreamingCall<WorkItem> items = client.GetWorkItems(new GetWorkItemsRequest(), cancellationToken: _stop.Token);
            await foreach (WorkItem item in items.ResponseStream.ReadAllAsync(_stop.Token))
                running.Add(item.RequestCase == WorkItem.RequestOneofCase.OrchestratorRequest ? RunAsync(client, item.OrchestratorRequest) : RunAsync(client, item.ActivityRequest));
        }
        catch (Exception e) when (_stop.IsCancellationRequested && e is OperationCanceledException or RpcException)
        {
            // Stopped; what failed before shows itself to the test.
            await Task.WhenAll(running);
        }
    }

    private async Task RunAsync(TaskHubSidecarService.TaskHubSidecarServiceClient client, OrchestratorRequest request)
    {
        string name = request.PastEvents.Concat(request.NewEvents).First(e => e.ExecutionStarted is not null).ExecutionStarted.Name;
        string? answer = await _app.InvokeAsync(name, "context", Convert.ToBase64String(request.ToByteArray()));
        await client.CompleteOrchestratorTaskAsync(OrchestratorResponse.Parser.ParseFrom(Convert.FromBase64String(answer!)));
    }

    private async Task RunAsync(TaskHubSidecarService.TaskHubSidecarServiceClient client, ActivityRequest request)
    {
        // Durable's core keeps the one argument of an activity as a list; the extension takes it out.
        JsonElement input = JsonSerializer.Deserialize<JsonElement>(request.Input)[0];
        string? result = await _app.InvokeAsync(request.Name, "message", input.GetRawText());
        await client.CompleteActivityTaskAsync(new ActivityResponse
        {
            InstanceId = request.OrchestrationInstance.InstanceId,
            TaskId = request.TaskId,
            Result = JsonSerializer.Serialize(result),
        });
    }
}
