namespace MlOps.Domain.Workflows;

/// <summary>Waiting for an event, but not for ever.</summary>
public static class EventExtensions
{
    /// <summary>The next event of that name, or a time-out after <paramref name="timeout"/>; the event stays unconsumed if it comes later.</summary>
    public static async Task<EventOrTimeout<T>> WaitForEventAsync<T>(this IWorkflowContext context, string name, TimeSpan timeout)
    {
        using var withdraw = new CancellationTokenSource();
        Task<T> raised = context.WaitForEventAsync<T>(name, withdraw.Token);
        Task expired = context.CreateTimerAsync(context.UtcNow + timeout, withdraw.Token);
        Task first = await Task.WhenAny(raised, expired);
        withdraw.Cancel();
        return first == raised ? new(false, await raised) : new(true, default);
    }
}

/// <summary>What came first. <paramref name="Payload"/> is the event's when <paramref name="TimedOut"/> is false.</summary>
public readonly record struct EventOrTimeout<T>(bool TimedOut, T? Payload);
