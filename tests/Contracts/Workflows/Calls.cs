using System.Collections.Concurrent;
using MlOps.Domain.Workflows;

namespace MlOps.Contracts.Workflows;

/// <summary>What activities of a test did, and how they are to behave.</summary>
public sealed class Calls
{
    private readonly ConcurrentQueue<(string Input, ActivityContext Context)> _made = new();
    private readonly ConcurrentDictionary<string, int> _failures = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _gates = new();
    private int _running;
    private int _mostRunning;

    public IReadOnlyList<string> Inputs => [.. _made.Select(c => c.Input)];

    public int MostAtOnce => _mostRunning;

    public int Running => Volatile.Read(ref _running);

    public IReadOnlyList<string> KeysOf(string input) => [.. _made.Where(c => c.Input == input).Select(c => c.Context.Key)];

    public IReadOnlyList<int> AttemptsOf(string input) => [.. _made.Where(c => c.Input == input).Select(c => c.Context.Attempt)];

    /// <summary>The next so many calls with this input fail (int.MaxValue: all).</summary>
    public void Fail(string input, int times = int.MaxValue) => _failures[input] = times;

    public void Mend(string input) => _failures[input] = 0;

    /// <summary>Calls with this input wait until <see cref="Release"/>.</summary>
    public void Hold(string input) => _gates[input] = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Release(string input) => _gates[input].TrySetResult();

    public Task MadeAsync(string input, int times = 1) =>
        Eventually.TrueAsync(() => Inputs.Count(i => i == input) >= times, $"the activity was called {times} times with {input}");

    /// <summary>Activity <c>echo</c>: returns its input in upper case.</summary>
    public IActivity Echo => new InlineActivity<string, string>("echo", RunAsync);

    private async Task<string> RunAsync(ActivityContext context, string input, CancellationToken cancellationToken)
    {
        InterlockedMax(ref _mostRunning, Interlocked.Increment(ref _running));
        try
        {
            _made.Enqueue((input, context));
            if (_gates.TryGetValue(input, out TaskCompletionSource? gate))
                await gate.Task.WaitAsync(cancellationToken);
            await Task.Yield();
            if (TakeFailure(input))
                throw MlOpsException.Unavailable("out-of-order", $"{input} failed");
            return input.ToUpperInvariant();
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }

    private bool TakeFailure(string input)
    {
        int left = _failures.GetValueOrDefault(input);
        if (left is > 0 and < int.MaxValue)
            _failures[input] = left - 1;
        return left > 0;
    }

    private static void InterlockedMax(ref int most, int value)
    {
        int seen;
        while ((seen = Volatile.Read(ref most)) < value && Interlocked.CompareExchange(ref most, value, seen) != seen)
        {
        }
    }
}
