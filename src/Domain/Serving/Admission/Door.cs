namespace MlOps.Domain.Serving.Admission;

/// <summary>The places of one model, and who waits for one, in order. Entering where a place is free allocates nothing.</summary>
internal sealed class Door
{
    private readonly Lock _gate = new();
    private readonly LinkedList<TaskCompletionSource> _waiting = new();
    private int _inside;

    /// <returns>Null when nobody more may wait.</returns>
    public ValueTask<Place>? TryEnter(ConcurrencyLimit limit, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_inside < limit.Requests)
            {
                _inside++;
                return new(new Place(this));
            }

            return _waiting.Count < limit.Waiting
                ? new(WaitAsync(_waiting.AddLast(new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)), cancellationToken))
                : null;
        }
    }

    public void Leave()
    {
        lock (_gate)
        {
            if (_waiting.First is not { } next)
            {
                _inside--;
                return;
            }

            // The place goes from hand to hand, so that nobody who comes later is before those who wait.
            _waiting.Remove(next);
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
