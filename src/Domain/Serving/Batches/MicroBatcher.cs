using MlOps.Learning.Trainers;

namespace MlOps.Domain.Serving.Batches;

/// <summary>Gathers requests for one version and scores them together, once there are rows enough or the first has waited long enough.</summary>
internal sealed class MicroBatcher(string name, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly ScoringPace _pace = new();
    private MicroBatch? _open;

    /// <summary>Whether the next request should be gathered: the version is slow enough, and its pace is known.</summary>
    public bool Ask() => _pace.Ask();

    /// <summary>A request was scored by itself.</summary>
    public void Took(TimeSpan latency) => _pace.Add(latency);

    /// <summary>The scores of the rows, and how long their batch was scored.</summary>
    /// <exception cref="Exception">What scoring these rows throws; that of others is theirs.</exception>
    public Task<(Predictions Predictions, TimeSpan Latency)> ScoreAsync(IModel model, BatchRows rows, MicroBatching settings, CancellationToken cancellationToken)
    {
        var request = new BatchedRequest(rows, cancellationToken);
        MicroBatch? full = null;
        lock (_gate)
        {
            if (_open is { } open && open.Rows + rows.Count > settings.MaxRows)
                Close(open);
            _open ??= Open(model, settings);
            _open.Add(request);
            if (_open.Rows >= settings.MaxRows)
                (full, _open) = (_open, null);
        }

        full?.Score();
        return request.Answer.WaitAsync(cancellationToken);
    }

    private MicroBatch Open(IModel model, MicroBatching settings)
    {
        var batch = new MicroBatch(name, model, time);
        batch.Begin(settings.MaxDelay, Expire);
        return batch;
    }

    /// <summary>The next request has no room in it: it is scored now, elsewhere, so that nobody waits for another's batch.</summary>
    private void Close(MicroBatch batch)
    {
        _open = null;
        Task.Run(batch.Score);
    }

    private void Expire(MicroBatch batch)
    {
        lock (_gate)
        {
            if (_open != batch)
                return;
            _open = null;
        }

        batch.Score();
    }
}
