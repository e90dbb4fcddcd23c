using DurableTask.Core;
using DurableTask.Core.Settings;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Testing.Sidecar;
using Microsoft.DurableTask.Worker.Shims;
using Microsoft.Extensions.Logging.Abstractions;
using MlOps.Azure.Workflows;
using MlOps.Domain.Workflows;

namespace MlOps.Azure.Tests.Workflows;

/// <summary>
/// Durable's own dispatcher, which the Functions host runs too, as host.json sets it up: it leaves instances of a higher version than its
/// own alone. Over the in-process store, with one program of ours behind it.
/// </summary>
internal sealed class FunctionsDispatcher : IAsyncDisposable
{
    private readonly TaskHubWorker _worker;

    private FunctionsDispatcher(TaskHubWorker worker) => _worker = worker;

    public static Task<FunctionsDispatcher> StartAsync(RejectingStore store, WorkflowCatalog catalog)
    {
        var runner = new DurableRunner(catalog);
        return StartAsync(store, catalog.Level, (context, _) => runner.RunWorkflowAsync(context), (activity, message) => runner.RunActivityAsync(activity, message, default));
    }

    public static async Task<FunctionsDispatcher> StartAsync(
        RejectingStore store, string version, Func<TaskOrchestrationContext, string?, Task<string?>> orchestrator, Func<string, string, Task<string>> activity)
    {
        var settings = new VersioningSettings
        {
            Version = version,
            MatchStrategy = VersioningSettings.VersionMatchStrategy.CurrentOrOlder,
            FailureStrategy = VersioningSettings.VersionFailureStrategy.Reject,
        };
        DurableTaskShimFactory shims = DurableTaskShimFactory.Default;
        var worker = new TaskHubWorker(
            store,
            new ByName<TaskOrchestration>(name => shims.CreateOrchestration(name, orchestrator)),
            new ByName<TaskActivity>(name => shims.CreateActivity<string, string>(name, async (_, message) => await activity(name, message!))),
            settings,
            NullLoggerFactory.Instance)
        { ErrorPropagationMode = ErrorPropagationMode.UseFailureDetails };
        await worker.StartAsync();
        return new(worker);
    }

    public async ValueTask DisposeAsync()
    {
        await _worker.StopAsync(isForced: true);
        _worker.Dispose();
    }

    /// <summary>As the Functions host: a function is found by its name alone.</summary>
    private sealed class ByName<T>(Func<string, T> make) : INameVersionObjectManager<T>
    {
        public void Add(ObjectCreator<T> creator) => throw new NotSupportedException();

        public T GetObject(string name, string? version) => make(name);
    }
}

/// <summary>Counts the turns that a dispatcher gave back, and gives them out again after a moment, as a storage account does.</summary>
internal sealed class RejectingStore() : InMemoryOrchestrationService(null), IOrchestrationService
{
    private int _rejected;

    public int Rejected => _rejected;

    async Task IOrchestrationService.AbandonTaskOrchestrationWorkItemAsync(TaskOrchestrationWorkItem workItem)
    {
        Interlocked.Increment(ref _rejected);
        await Task.Delay(TimeSpan.FromMilliseconds(20));
        await AbandonTaskOrchestrationWorkItemAsync(workItem);
    }
}
