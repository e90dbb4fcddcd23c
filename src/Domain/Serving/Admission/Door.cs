namespace MlOps.Domain.Serving.Admission;

/// <summary>The places of one model, and who waits for one, in order. Entering where a place is free allocates nothing.</summary>
internal sealed class Door
{
    private readonly Lock _gate = new();
    private readonly LinkedList<TaskCompletionSource> _waiting = new();
    private int _inside;
    private int _allowed;

    /// <param name="limit">As it is in force now: those who wait go by it too.</param>
    /// <returns>Null when nobody more may wait.</returns>
    public ValueTask<Place>? TryEnter(ConcurrencyLimit limit, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            Allow(limit.Requests);
            if (_inside < _allowed)
            {
                _inside++;
                return new(new Place(this));
            }

            return _waiting.Count < limit.Waiting
                ? new(WaitAsync(_waiting.AddLast(new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)), cancellationToken))
                : null;
        }
    }

    /// <summary>There is no limit any more: nobody needs to wait.</summary>
    public void Open()
    {
        if (Volatile.Read(ref _allowed) == int.MaxValue)
            return;
        lock (_gate)
            Allow(int.MaxValue);
    }

    public void Leave()
    {
        lock (_gate)
        {
            _inside--;
            Allow(_allowed);
        }
    }

    // Who waits has a free place before anybody who comes later.
    private void Allow(int requests)
    {
        _allowed = requests;
        while (_inside < _allowed && _waiting.First is { } next)
        {
            _waiting.Remove(next);
            _inside++;
            next.Value.SetResult();
        }
    }

    private async Task<Place> WaitAsync(LinkedListNode<TaskCompletionSource> waiter, CancellationToken cancellationToken)
    {
        try
        {
            await waiter.Value.Task.WaitAsync(cancellationToken);
            return new Place(this);
        }
        catch (OperationCanceledException)
        {
            GiveUp(waiter);
            throw;
        }
    }

    private void GiveUp(LinkedListNode<TaskCompletionSource> waiter)
    {
        lock (_gate)
        {
            if (waiter.List is not null)
            {
                _waiting.Remove(waiter);
                return;
            }
        }

        // It had been given a place in the same moment.
        Leave();
    }
}

/// <summary>A place that is given back when the request is answered; the default is one where there is no limit.</summary>
internal readonly struct Place(Door? door) : IDisposable
{
    public void Dispose() => door?.Leave();
}
