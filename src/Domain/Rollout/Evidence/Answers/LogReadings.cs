using System.Collections.Concurrent;

namespace MlOps.Domain.Rollout.Evidence.Answers;

/// <summary>
/// What was read from the prediction log, by rollout. Reading takes as long as the log, so it is done again only after a fiftieth of the
/// step's window, and never takes more than a twentieth of the time. Bounded in bytes; a rollout's part goes with its end, and an hour after the
/// last look at it where another process ends it.
/// </summary>
internal sealed class LogReadings(TimeProvider time)
{
    private const int PartOfWindow = 50;
    private const int PartOfTime = 20;
    private const long MostBytes = 64 << 20;

    /// <summary>A rollout that another process watches by now, or that ended there.</summary>
    private static readonly TimeSpan Forgotten = TimeSpan.FromHours(1);

    private static readonly TimeSpan SweepEvery = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<string, Readings> _rollouts = new(StringComparer.Ordinal);
    private int _sweeping;

    /// <summary>Memory that all readings take, about.</summary>
    public long Bytes => _rollouts.Values.Sum(r => r.Bytes);

    /// <param name="oldest">Read again after that in any case.</param>
    /// <param name="read">Gets what was read before, or null.</param>
    public async Task<T> GetAsync<T>(string rollout, CheckInput input, string what, TimeSpan oldest, Func<T?, Task<T>> read, CancellationToken cancellationToken)
        where T : class
    {
        Readings own = _rollouts.GetOrAdd(rollout, _ => new Readings());
        // A check that a host repeats may run twice at once.
        await own.Gate.WaitAsync(cancellationToken);
        try
        {
            own.Enter(input.Since, time.GetUtcNow());
            return (T)(own.Find(what) is { } known && !IsDue(known, input, oldest) ? known.Seen : await ReadAsync(own, input, what, read));
        }
        finally
        {
            own.Gate.Release();
            Trim(rollout);
            _ = SweepAsync();
        }
    }

    public void Forget(string rollout) => _rollouts.TryRemove(rollout, out _);

    private async Task<object> ReadAsync<T>(Readings own, CheckInput input, string what, Func<T?, Task<T>> read)
        where T : class
    {
        long started = time.GetTimestamp();
        T? before = own.Find(what)?.Seen as T;
        // What is being changed is not to be found when the reading fails on its way.
        own.Drop(what);
        T seen = await read(before);
        own.Keep(what, new Reading(input.Now, time.GetElapsedTime(started), seen));
        return seen;
    }

    private static bool IsDue(Reading known, CheckInput input, TimeSpan oldest)
    {
        TimeSpan part = (input.Now - input.Since) / PartOfWindow;
        TimeSpan age = input.Now - known.At;
        return age >= (part < oldest ? part : oldest) && age >= known.Took * PartOfTime;
    }

    /// <summary>As long as there are any, those of rollouts that nobody looks at here any more are dropped, though nobody reads: a rollout may go on, or end, in another process.</summary>
    private async Task SweepAsync()
    {
        while (!_rollouts.IsEmpty && Interlocked.Exchange(ref _sweeping, 1) == 0)
        {
            for (; !_rollouts.IsEmpty; Trim(current: null))
                await Task.Delay(SweepEvery, time, CancellationToken.None);
            Volatile.Write(ref _sweeping, 0);
        }
    }

    private void Trim(string? current)
    {
        DateTimeOffset stale = time.GetUtcNow() - Forgotten;
        long bytes = Bytes;
        foreach ((string rollout, Readings readings) in _rollouts.Where(r => r.Key != current).OrderBy(r => r.Value.UsedAt).ToList())
        {
            if (readings.UsedAt >= stale && bytes <= MostBytes)
                return;
            bytes -= readings.Bytes;
            Forget(rollout);
        }
    }

    private sealed record Reading(DateTimeOffset At, TimeSpan Took, object Seen)
    {
        private const long Small = 500;

        public long Bytes => Seen is StepAnswers answers ? answers.Bytes + Small : Small;
    }

    /// <summary>What is known of one rollout's present window.</summary>
    private sealed class Readings
    {
        private readonly ConcurrentDictionary<string, Reading> _read = new(StringComparer.Ordinal);
        private DateTimeOffset _since;

        public SemaphoreSlim Gate { get; } = new(1, 1);

        public DateTimeOffset UsedAt { get; private set; }

        public long Bytes => _read.Values.Sum(r => r.Bytes);

        public void Enter(DateTimeOffset since, DateTimeOffset now)
        {
            UsedAt = now;
            if (since == _since)
                return;
            _since = since;
            _read.Clear();
        }

        public Reading? Find(string what) => _read.GetValueOrDefault(what);

        public void Keep(string what, Reading reading) => _read[what] = reading;

        public void Drop(string what) => _read.TryRemove(what, out _);
    }
}
