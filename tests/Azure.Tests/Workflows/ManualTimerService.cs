using DurableTask.Core;
using DurableTask.Core.History;
using Microsoft.DurableTask.Testing.Sidecar;
using MlOps.Contracts;

namespace MlOps.Azure.Tests.Workflows;

/// <summary>
/// The in-memory store of the test host, with timers on a clock that the test moves and a bound for activities of the test's choice.
/// </summary>
internal sealed class ManualTimerService(ManualTimeProvider clock, int maxConcurrentActivities) : InMemoryOrchestrationService, IOrchestrationService
{
    private readonly Dictionary<string, List<ITimer>> _timers = [];

    int IOrchestrationService.MaxConcurrentTaskActivityWorkItems => maxConcurrentActivities;

    Task IOrchestrationService.CompleteTaskOrchestrationWorkItemAsync(
        TaskOrchestrationWorkItem workItem,
        OrchestrationRuntimeState newOrchestrationRuntimeState,
        IList<TaskMessage> outboundMessages,
        IList<TaskMessage> orchestratorMessages,
        IList<TaskMessage> timerMessages,
        TaskMessage continuedAsNewMessage,
        OrchestrationState orchestrationState)
    {
        foreach (TaskMessage timer in timerMessages)
            Set(workItem.InstanceId, timer);
        if (newOrchestrationRuntimeState.ExecutionCompletedEvent is not null)
            Drop(workItem.InstanceId);
        return CompleteTaskOrchestrationWorkItemAsync(
            workItem, newOrchestrationRuntimeState, outboundMessages, orchestratorMessages, [], continuedAsNewMessage, orchestrationState);
    }

    private void Set(string instanceId, TaskMessage message)
    {
        var timer = (TimerFiredEvent)message.Event;
        TimeSpan left = timer.FireAt - clock.GetUtcNow().UtcDateTime;
        timer.FireAt = DateTime.UnixEpoch;
        lock (_timers)
        {
            if (!_timers.TryGetValue(instanceId, out List<ITimer>? timers))
                _timers[instanceId] = timers = [];
            timers.Add(clock.CreateTimer(_ => SendTaskOrchestrationMessageAsync(message), null, left, Timeout.InfiniteTimeSpan));
        }
    }

    private void Drop(string instanceId)
    {
        lock (_timers)
        {
            if (_timers.Remove(instanceId, out List<ITimer>? timers))
                timers.ForEach(t => t.Dispose());
        }
    }
}
