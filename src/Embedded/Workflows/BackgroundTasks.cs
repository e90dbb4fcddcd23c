using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace MlOps.Embedded.Workflows;

/// <summary>Work that nobody awaits until the engine stops. It runs on the pool without the caller's ambient state.</summary>
internal sealed class BackgroundTasks(ILogger log)
{
    private readonly ConcurrentDictionary<Task, bool> _running = [];

    public void Start(Func<Task> work)
    {
        using (ExecutionContext.SuppressFlow())
        {
            Task task = Task.Run(work);
            _running[task] = true;
            task.ContinueWith(Finished, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    public async Task WhenAllDoneAsync(CancellationToken cancellationToken)
    {
        while (!_running.IsEmpty)
            await Task.WhenAll(_running.Keys).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default).WaitAsync(cancellationToken);
    }

    private void Finished(Task task)
    {
        _running.TryRemove(task, out _);
        if (task.Exception is { } e)
            log.BackgroundFailed(e.InnerException ?? e);
    }
}
