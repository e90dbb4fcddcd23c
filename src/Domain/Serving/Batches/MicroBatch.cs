using MlOps.Learning.Trainers;

namespace MlOps.Domain.Serving.Batches;

/// <summary>
/// Requests that are scored together. A request that was given up is left out; when scoring them together fails, each is scored by itself,
/// so that only the one whose rows the model cannot take fails.
/// </summary>
internal sealed class MicroBatch(string name, IModel model, TimeProvider time)
{
    private readonly List<BatchedRequest> _requests = [];
    private ITimer? _timer;

    public int Rows { get; private set; }

    public void Begin(TimeSpan delay, Action<MicroBatch> expire) => _timer = time.CreateTimer(_ => expire(this), null, delay, Timeout.InfiniteTimeSpan);

    public void Add(BatchedRequest request)
    {
        _requests.Add(request);
        Rows += request.Rows.Count;
    }

    /// <summary>Once, when nothing is added any more.</summary>
    public void Score()
    {
        _timer?.Dispose();
        BatchedRequest[] wanted = [.. _requests.Where(r => r.IsWanted)];
        BatchedRequest[] numbers = [.. wanted.Where(r => r.Rows.Numbers is not null)];
        BatchedRequest[] tables = [.. wanted.Where(r => r.Rows.Numbers is null)];
        if (numbers.Length > 0)
            Score(numbers);
        if (tables.Length > 0)
            Score(tables);
    }

    private void Score(BatchedRequest[] requests)
    {
        try
        {
            long started = time.GetTimestamp();
            Predictions all = ScoresOf([.. requests.Select(r => r.Rows)]);
            ServingMetrics.Batched(name, requests.Length);
            Split(requests, all, time.GetElapsedTime(started));
        }
        catch (Exception) when (requests.Length > 1)
        {
            foreach (BatchedRequest request in requests)
                Score([request]);
        }
        catch (Exception e)
        {
            requests[0].Failed(e);
        }
    }

    private static void Split(BatchedRequest[] requests, Predictions all, TimeSpan latency)
    {
        int width = all.Scores.Length / requests.Sum(r => r.Rows.Count);
        int from = 0;
        foreach (BatchedRequest request in requests)
        {
            int length = request.Rows.Count * width;
            request.Answered(all with { Scores = all.Scores.AsSpan(from, length).ToArray() }, latency);
            from += length;
        }
    }

    private Predictions ScoresOf(BatchRows[] rows)
    {
        if (rows[0].Numbers is null)
            return model.Score(rows.Length == 1 ? rows[0].Table! : RowJoin.Of([.. rows.Select(r => r.Table!)]));
        var scorer = (IRowScorer)model;
        double[] scores = new double[rows.Sum(r => r.Count) * scorer.ScoreCount];
        scorer.ScoreRows(rows.Length == 1 ? rows[0].Numbers : [.. rows.SelectMany(r => r.Numbers!)], scores);
        return new Predictions(model.Signature.Task, model.Signature.Classes, scores);
    }
}
