namespace MlOps.Domain.Workflows.Replay;

/// <summary>
/// Runs workflow code on the thread of the current turn and nowhere else, in the order in which continuations become ready. What
/// is queued from another thread comes from an await on something that the context did not return: it is reported, not run.
/// </summary>
internal sealed class TurnScheduler(Action onForeign) : TaskScheduler
{
    private readonly Queue<Task> _ready = new();
    private int _turnThread;

    public bool InTurn => Volatile.Read(ref _turnThread) == Environment.CurrentManagedThreadId && Current == this;

    /// <summary>Runs the action and all that it makes ready.</summary>
    public void Run(Action action)
    {
        SynchronizationContext? before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        Volatile.Write(ref _turnThread, Environment.CurrentManagedThreadId);
        try
        {
            var first = new Task(action);
            first.Start(this);
            while (_ready.TryDequeue(out Task? task))
                TryExecuteTask(task);
            first.GetAwaiter().GetResult();
        }
        finally
        {
            Volatile.Write(ref _turnThread, 0);
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    protected override void QueueTask(Task task)
    {
        if (Volatile.Read(ref _turnThread) == Environment.CurrentManagedThreadId)
            _ready.Enqueue(task);
        else
            onForeign();
    }

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) =>
        !taskWasPreviouslyQueued && Volatile.Read(ref _turnThread) == Environment.CurrentManagedThreadId && TryExecuteTask(task);

    protected override IEnumerable<Task> GetScheduledTasks() => [];
}
