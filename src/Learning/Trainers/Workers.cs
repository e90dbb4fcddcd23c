namespace MlOps.Learning.Trainers;

/// <summary>Runs independent items on up to <see cref="Count"/> threads. What the items are must never depend on the count, so that results do not either.</summary>
internal sealed class Workers(int threads, CancellationToken cancellationToken)
{
    public int Count { get; } = threads > 0 ? threads : Environment.ProcessorCount;

    public CancellationToken Token => cancellationToken;

    /// <summary>The same cancellation on one thread, for work that is itself an item.</summary>
    public Workers Single() => new(1, cancellationToken);

    public void Run(int items, Action<int> body)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (Count == 1 || items < 2)
        {
            for (int i = 0; i < items; i++)
                body(i);
            return;
        }

        Parallel.For(0, items, new ParallelOptions { MaxDegreeOfParallelism = Count, CancellationToken = cancellationToken }, body);
    }

    /// <summary>Runs over ranges [from, to) of at most <paramref name="size"/> of <paramref name="total"/> rows; the body also gets the range's number.</summary>
    public void RunRanges(int total, int size, Action<int, int, int> body) => Run(
        Ranges(total, size),
        i => body(i, i * size, Math.Min(total, (i + 1) * size)));

    public static int Ranges(int total, int size) => (total + size - 1) / size;
}
