namespace MlOps.Domain.Serving.Models;

/// <summary>
/// Lets models go that nobody has used for a time and no endpoint's traffic names: what a swap or an experiment left behind. Looked for at a quarter of
/// that time, as long as any is loaded.
/// </summary>
/// <param name="idle">0 or less: they stay until their memory is wanted.</param>
/// <param name="look">Reads a model's endpoint, which may have changed since somebody asked it last; null: nothing is to be read.</param>
internal sealed class IdleModels(ModelShelf shelf, TimeSpan idle, Func<string, CancellationToken, Task>? look, TimeProvider time)
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    private int _isSet;

    // Kept for its life: one that nobody refers to would not fire.
    private ITimer? _timer;

    /// <summary>The last look for such models.</summary>
    public Task Looking { get; private set; } = Task.CompletedTask;

    /// <summary>A model was loaded.</summary>
    public void Watch()
    {
        if (idle <= TimeSpan.Zero || Interlocked.Exchange(ref _isSet, 1) == 1)
            return;
        TimeSpan pause = idle / 4 < LongestPause ? idle / 4 : LongestPause;
        // Weakly: a timer that is set must not keep a cache that nobody uses any more.
        _timer = time.CreateTimer(static state => Look((WeakReference<IdleModels>)state!), new WeakReference<IdleModels>(this), pause, Timeout.InfiniteTimeSpan);
    }

    private static void Look(WeakReference<IdleModels> state)
    {
        if (state.TryGetTarget(out IdleModels? idle))
            idle.Looking = idle.LookAsync();
    }

    private async Task LookAsync()
    {
        try
        {
            foreach (string model in shelf.Unused(idle))
                await ReadAsync(model);
            // What a model holds in mapped files and large arrays is the system's again only when it was collected, which in a process that is idle may take for ever.
            if (shelf.EvictIdle(idle) > 0)
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: false);
        }
        finally
        {
            _timer?.Dispose();
            _isSet = 0;
            if (shelf.Read(slots => slots.Any()))
                Watch();
        }
    }

    private async Task ReadAsync(string model)
    {
        try
        {
            await (look?.Invoke(model, CancellationToken.None) ?? Task.CompletedTask);
        }
        catch (Exception)
        {
            // The store is away: what is known of the endpoint stays in force.
        }
    }
}
