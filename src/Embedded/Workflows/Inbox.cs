namespace MlOps.Embedded.Workflows;

/// <summary>Signals of one instance and the guarantee that one turn at a time handles them.</summary>
internal sealed class Inbox(BackgroundTasks background, Func<IReadOnlyList<Signal>, Task> turn)
{
    private readonly Lock _lock = new();
    private List<Signal> _signals = [];
    private bool _pumping;
    private bool _closed;

    /// <summary>False once the instance has left memory: look it up again.</summary>
    public bool TryPost(Signal signal)
    {
        lock (_lock)
        {
            if (_closed)
                return false;
            _signals.Add(signal);
            if (_pumping)
                return true;
            _pumping = true;
        }

        background.Start(PumpAsync);
        return true;
    }

    /// <summary>Puts signals that could not be handled back before those that came meanwhile.</summary>
    public void Return(IEnumerable<Signal> signals)
    {
        lock (_lock)
            _signals.InsertRange(0, signals);
    }

    /// <summary>Takes no more; what is left is the caller's to answer.</summary>
    public IReadOnlyList<Signal> Close()
    {
        lock (_lock)
        {
            _closed = true;
            return Take();
        }
    }

    private async Task PumpAsync()
    {
        while (true)
        {
            IReadOnlyList<Signal> signals;
            lock (_lock)
            {
                signals = Take();
                if (signals.Count == 0)
                {
                    _pumping = false;
                    return;
                }
            }

            await turn(signals);
        }
    }

    private List<Signal> Take()
    {
        List<Signal> taken = _signals;
        _signals = [];
        return taken;
    }
}
