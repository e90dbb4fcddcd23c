using MlOps.Domain.Workflows.Replay;

namespace MlOps.Embedded.Workflows;

/// <summary>What reaches a live instance from outside; processed in order, one turn at a time.</summary>
internal abstract record Signal
{
    /// <summary>Somebody waits for the signal to be durable; null when nobody does.</summary>
    public TaskCompletionSource? Done { get; init; }
}

/// <summary>Nothing new: load the instance and go on.</summary>
internal sealed record WakeSignal : Signal;

/// <summary>A step, known by its key, has an outcome.</summary>
internal sealed record OutcomeSignal(string Key, JournalEvent Event) : Signal;

internal sealed record RaiseSignal(string Name, string Payload, string? EventId) : Signal;

internal sealed record CancelSignal(string Reason) : Signal;

/// <summary>Hold the code, or let it go on.</summary>
internal sealed record HoldSignal(bool Suspend) : Signal;

/// <summary>The time for the next attempt of a step has come.</summary>
internal sealed record RetrySignal(string Key, int Step) : Signal;

/// <summary>The code went on outside its turn.</summary>
internal sealed record ForeignSignal : Signal;
