using System.Runtime.ExceptionServices;

namespace MlOps.Learning.Trainers;

/// <summary>Runs independent items on up to <see cref="Count"/> threads. What the items are must never depend on the count, so that results do not either.</summary>
internal sealed class Workers(int threads, CancellationToken cancellationToken)
{
    public int Count { get; } = threads > 0 ? threads : Environment.ProcessorCount;

    public CancellationToken Token => cancellationToken;

    /// <summary>The same cancellation on one thread, for work that is itself an item.</summary>
    public Workers Single() => new(1, cancellationToken);

    /// <summary>What an item throws is thrown here, that of the first to fail.</summary>
    public void Run(int items, Action<int> body)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (Count == 1 || items < 2)
        {
            for (int i = 0; i < items; i++)
                body(i);
            return;
        }

        var round = new Round(items, body, cancellationToken);
        var helpers = new Task[Math.Min(Count, items) - 1];
        for (int i = 0; i < helpers.Length; i++)
            helpers[i] = Task.Run(round.Work, CancellationToken.None);
        round.Work();
        Task.WaitAll(helpers, CancellationToken.None);
        round.ThrowIfFailed();
    }

    /// <summary>Runs over ranges [from, to) of at most <paramref name="size"/> of <paramref name="total"/> rows; the body also gets the range's number.</summary>
    public void RunRanges(int total, int size, Action<int, int, int> body) => Run(
        Ranges(total, size),
        i => body(i, i * size, (int)Math.Min(total, ((long)i + 1) * size)));

    public static int Ranges(int total, int size) => (int)(((long)total + size - 1) / size);

    /// <summary>
    /// Items that some threads take one after the other. Thousands of them are run in a small fit, each in some tens of microseconds, where
    /// Parallel.For would take as much for itself.
    /// </summary>
    private sealed class Round(int items, Action<int> body, CancellationToken token)
    {
        private int _next = -1;
        private ExceptionDispatchInfo? _failure;

        public void Work()
        {
            try
            {
                for (int i = Interlocked.Increment(ref _next); i < items && _failure is null; i = Interlocked.Increment(ref _next))
                {
                    token.ThrowIfCancellationRequested();
                    body(i);
                }
            }
#pragma warning disable CA1031 // Whatever it is, the thread that called gets it.
            catch (Exception e)
#pragma warning restore CA1031
            {
                Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(e), null);
            }
        }

        public void ThrowIfFailed() => _failure?.Throw();
    }
}
