using Microsoft.Extensions.Logging;
using MlOps.Domain.Workflows;
using MlOps.Domain.Workflows.Replay;

namespace MlOps.Embedded.Workflows;

/// <summary>Runs activities, so many at once in the whole engine. A cancelled one leaves no outcome: its step stays open.</summary>
internal sealed class ActivityDispatcher(WorkflowCatalog catalog, int bound, BackgroundTasks background, TimeProvider time, ILogger log) : IDisposable
{
    private readonly SemaphoreSlim _slots = new(bound, bound);
    private readonly CancellationTokenSource _stop = new();

    public void Start(ActivityCall call, Action<JournalEvent> done, CancellationToken instance) =>
        background.Start(() => RunAsync(call, done, instance));

    public Task StopAsync() => _stop.CancelAsync();

    public void Dispose()
    {
        _slots.Dispose();
        _stop.Dispose();
    }

    private async Task RunAsync(ActivityCall call, Action<JournalEvent> done, CancellationToken instance)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(instance, _stop.Token);
        CancellationToken cancelled = either.Token;
        try
        {
            await _slots.WaitAsync(cancelled);
        }
        catch (OperationCanceledException)
        {
            return;
        }

        try
        {
            string result = await InvokeAsync(call, cancelled);
            done(new(JournalKind.StepCompleted, time.GetUtcNow()) { Step = call.Step, Data = result });
        }
#pragma warning disable CA1031 // Any exception of an activity is the failure of its step.
        catch (Exception e)
#pragma warning restore CA1031
        {
            if (cancelled.IsCancellationRequested)
                return;
            log.ActivityFailed(call.Activity, call.InstanceId, call.Key, call.Attempt, e.Message);
            done(new(JournalKind.StepFailed, time.GetUtcNow()) { Step = call.Step, Failure = Messages.Failure(e) });
        }
        finally
        {
            _slots.Release();
        }
    }

    private async Task<string> InvokeAsync(ActivityCall call, CancellationToken cancellationToken)
    {
        IActivity activity = catalog.FindActivity(call.Activity) ?? throw EngineErrors.UnknownActivity(call.Activity, catalog);
        object? input = Messages.Read(call.Input, activity.InputType, $"the input of activity '{call.Activity}'");
        object? output = await activity.RunAsync(new ActivityContext(call.InstanceId, call.Key, call.Attempt), input, cancellationToken);
        return Messages.Write(output, $"the result of activity '{call.Activity}'");
    }
}

internal sealed record ActivityCall(string InstanceId, string Activity, string? Input, string Key, int Step, int Attempt);
