using MlOps.Contracts;

namespace MlOps.Domain.Tests.Serving;

/// <summary>
/// Where a model waits until a test lets it go on. Declared after what waits for the model at its end, so that a test that fails opens it
/// first; and nobody waits for ever: where something else is wrong, the test says so instead of standing still.
/// </summary>
internal sealed class Gate : IDisposable
{
    private static readonly TimeSpan Patience = Eventually.Patience;

    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _opened = new();

    /// <summary>Completes when somebody stands before the gate.</summary>
    public Task ReachedAsync() => _reached.Task.WaitAsync(Patience);

    /// <summary>Blocks until the gate is open.</summary>
    public void Pass()
    {
        _reached.TrySetResult();
        if (!_opened.Task.Wait(Patience))
            throw new TimeoutException("nobody opened the gate");
    }

    public void Open() => _opened.TrySetResult();

    public void Dispose() => Open();
}
