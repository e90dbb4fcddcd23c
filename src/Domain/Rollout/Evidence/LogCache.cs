using System.Collections.Concurrent;

namespace MlOps.Domain.Rollout.Evidence;

/// <summary>What was read from the prediction log. Reading takes as long as the log: it is read again after a fiftieth of the step's window, at the latest after ten minutes.</summary>
internal sealed class LogCache
{
    private const int Remembered = 256;
    private const int PartOfWindow = 50;

    private static readonly TimeSpan Oldest = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<(string Rollout, int Step, string What), (DateTimeOffset At, object Seen)> _read = new();

    public async Task<T> GetAsync<T>(string rollout, CheckInput input, string what, Func<Task<T>> read)
        where T : class
    {
        TimeSpan age = (input.Now - input.Since) / PartOfWindow;
        if (_read.TryGetValue((rollout, input.Step, what), out (DateTimeOffset At, object Seen) known) && input.Now - known.At < (age < Oldest ? age : Oldest))
            return (T)known.Seen;
        T seen = await read();
        if (_read.Count >= Remembered)
            _read.Clear();
        _read[(rollout, input.Step, what)] = (input.Now, seen);
        return seen;
    }
}
