using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Worker;
using Microsoft.Extensions.DependencyInjection;
using MlOps.Azure.Workflows;
using MlOps.Contracts.Workflows;
using MlOps.Domain.Workflows;

namespace MlOps.Azure.Tests.Workflows;

/// <summary>A real Durable worker and client over the in-process test host: what <c>DurableTaskTestHost</c> puts together, on a clock that the test moves.</summary>
public sealed class DurableFixture : WorkflowFixture
{
    private readonly WebApplication _sidecar;
    private WebApplication? _worker;
    private GrpcChannel? _channel;
    private Code _code;

    private DurableFixture(WorkflowCatalog catalog, int maxConcurrentActivities)
    {
        _sidecar = DurableSidecar.Create(
            new ManualTimerService(Clock, maxConcurrentActivities), services => services.AddSingleton(new ManualClock(Clock)), grpc => grpc.Interceptors.Add<ManualClock>());
        _code = new(catalog, this);
    }

    public override IWorkflowClient Client => _code.Client;

    internal DurableTaskClient Durable => _worker!.Services.GetRequiredService<DurableTaskClient>();

    public static async Task<WorkflowFixture> OpenAsync(WorkflowCatalog catalog, int maxConcurrentActivities) =>
        await OpenAsync(catalog, maxConcurrentActivities, static _ => { });

    /// <param name="fill">May fill the catalog with what needs the client.</param>
    public static async Task<DurableFixture> OpenAsync(WorkflowCatalog catalog, int maxConcurrentActivities, Action<IWorkflowClient> fill)
    {
        var fixture = new DurableFixture(catalog, maxConcurrentActivities);
        fill(fixture.Client);
        await fixture.StartAsync();
        return fixture;
    }

    /// <summary>
    /// Other code from here on, and activities that ran run again. The worker itself stays: the sidecar does not hand out anew what a
    /// worker had taken and never answered, as a storage account does. Durable looks at an instance when something comes for it.
    /// </summary>
    public override async Task RestartAsync(WorkflowCatalog? catalog = null)
    {
        Code before = _code;
        _code = new(catalog ?? before.Catalog, this);
        await before.Stop.CancelAsync();
        await foreach (OrchestrationMetadata instance in Durable.GetAllInstancesAsync())
        {
            if (!instance.IsCompleted)
                await Durable.RaiseEventAsync(instance.InstanceId, "wake");
        }
    }

    public override async ValueTask DisposeAsync()
    {
        Code last = _code;
        _code = new(last.Catalog, this);
        await _code.Stop.CancelAsync();
        await last.Stop.CancelAsync();
        await _worker!.DisposeAsync();
        _channel!.Dispose();
        await _sidecar.DisposeAsync();
    }

    private async Task StartAsync()
    {
        await _sidecar.StartAsync();
        _channel = GrpcChannel.ForAddress(_sidecar.Urls.Single());
        _worker = Worker(_channel);
        await _worker.StartAsync();
    }

    private WebApplication Worker(GrpcChannel channel)
    {
        WebApplicationBuilder builder = DurableSidecar.Builder();
        builder.Services.AddDurableTaskWorker(worker =>
        {
            worker.UseGrpc(channel);
            worker.AddTasks(Register);

            // Longer ones the library splits: a clock that jumps would be ahead of all but the first part.
            worker.Configure(options => options.MaximumTimerInterval = TimeSpan.FromDays(10_000));
        });
        builder.Services.AddDurableTaskClient(client =>
        {
            client.UseGrpc(channel);
            client.RegisterDirectly();
        });
        return builder.Build();
    }

    private void Register(DurableTaskRegistry registry)
    {
        foreach (string workflow in _code.Catalog.Workflows.Select(w => w.Name).Distinct())
            registry.AddOrchestratorFunc<string?, string?>(workflow, (context, _) => _code.Runner.RunWorkflowAsync(context));
        foreach (string activity in _code.Catalog.Activities.Select(a => a.Name))
            registry.AddActivityFunc<string, string>(activity, (_, message) => RunActivityAsync(activity, message));
    }

    /// <summary>A host that stops leaves what it ran to the next one.</summary>
    private async Task<string> RunActivityAsync(string activity, string message)
    {
        while (true)
        {
            Code code = _code;
            try
            {
                return await code.Runner.RunActivityAsync(activity, message, code.Stop.Token);
            }
            catch (OperationCanceledException) when (code != _code)
            {
            }
        }
    }

    /// <summary>The workflows and activities of the moment.</summary>
    private sealed class Code(WorkflowCatalog catalog, DurableFixture fixture)
    {
        public WorkflowCatalog Catalog => catalog;

        public CancellationTokenSource Stop { get; } = new();

        public DurableRunner Runner { get; } = new(catalog, () => fixture.Durable) { LookEvery = TimeSpan.FromMilliseconds(50) };

        public IWorkflowClient Client { get; } = new DurableWorkflowClient(() => fixture.Durable, catalog, fixture.Clock);
    }
}
