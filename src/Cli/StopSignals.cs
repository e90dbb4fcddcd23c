using System.Runtime.InteropServices;

namespace MlOps.Cli;

/// <summary>
/// Ctrl-C and SIGTERM as a cancellation. System.CommandLine's own handler comes only after a command's first await, so that a signal
/// before it would end the process where it stands. The first asks the command to stop; the second ends the process, and so does
/// <see cref="Patience"/>.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stop;
    private readonly TaskCompletionSource<int> _overdue = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly PosixSignalRegistration[] _signals;
    private Timer? _patience;
    private bool _disposed;

    public StopSignals(CancellationToken cancellationToken)
    {
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _signals = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop)];
    }

    public CancellationToken Token => _stop.Token;

    /// <summary>The command's exit code, or that of a killed process when it does not stop in time.</summary>
    public async Task<int> WatchAsync(Task<int> command) => await await Task.WhenAny(command, _overdue.Task);

    public void Dispose()
    {
        foreach (PosixSignalRegistration signal in _signals)
            signal.Dispose();
        lock (_lock)
        {
            _disposed = true;
            _patience?.Dispose();
            _stop.Dispose();
        }
    }

    // Under the lock, for a signal may come while all of this is disposed.
    private void Stop(PosixSignalContext context)
    {
        lock (_lock)
        {
            if (_disposed || _patience is not null)
                return;
            context.Cancel = true;
            int code = context.Signal == PosixSignal.SIGINT ? ExitCodes.Interrupted : ExitCodes.Terminated;
            _patience = new Timer(_ => _overdue.TrySetResult(code), null, Patience, Timeout.InfiniteTimeSpan);
            _stop.Cancel();
        }
    }
}
