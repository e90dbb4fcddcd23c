namespace MlOps.Embedded.Storage;

/// <summary>A fixed number of locks shared by all paths: two paths may meet in one, which only makes one of them wait.</summary>
internal sealed class PathLocks : IDisposable
{
    private readonly SemaphoreSlim[] _locks = [.. Enumerable.Range(0, 64).Select(_ => new SemaphoreSlim(1, 1))];

    public async Task<IDisposable> EnterAsync(string file, CancellationToken cancellationToken)
    {
        SemaphoreSlim entered = _locks[(uint)string.GetHashCode(file, StringComparison.Ordinal) % _locks.Length];
        await entered.WaitAsync(cancellationToken);
        return new Held(entered);
    }

    public void Dispose()
    {
        foreach (SemaphoreSlim each in _locks)
            each.Dispose();
    }

    private sealed class Held(SemaphoreSlim entered) : IDisposable
    {
        public void Dispose() => entered.Release();
    }
}
