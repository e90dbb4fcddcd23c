using MlOps.Domain.Serving.Log;

namespace MlOps.Domain.Monitoring;

/// <summary>
/// A uniform sample of a window of the prediction log in bounded memory: the rows with the smallest <see cref="RowKey"/>, so that of large
/// segments only the first lines are read. Where the share of logged requests changed within the window, all of it is thinned to the smallest
/// share first (<see cref="RequestSample"/>), for rows of a time when more was logged would outweigh the others.
/// </summary>
internal sealed class PredictionSample
{
    /// <summary>So many rows tell a shift of a thirtieth of a standard deviation; more only cost time.</summary>
    public const int MaxRows = 20_000;

    /// <summary>Of rows that are expected to be enough there are not always so many.</summary>
    private const double Margin = 1.05;

    private readonly List<(ulong Key, LoggedPrediction Row)> _kept = [];
    private ulong _below = ulong.MaxValue;
    private double _predictions;

    public IReadOnlyList<LoggedPrediction> Rows => [.. _kept.Select(k => k.Row)];

    /// <summary>Logged rows that count, of which <see cref="Rows"/> are those looked at.</summary>
    public long Total { get; private set; }

    /// <summary>The smallest share of requests that was logged.</summary>
    public double Share { get; private set; } = 1;

    /// <summary>About so many predictions the window had, logged or not.</summary>
    public long Predictions => (long)Math.Round(_predictions);

    public static async Task<PredictionSample> TakeAsync(
        PredictionLog log, string model, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken)
    {
        List<LogSegment> segments = await log.SegmentsAsync(model, from, to, cancellationToken).ToListAsync(cancellationToken);
        var sample = new PredictionSample();
        sample.Expect([.. segments.Select(s => s.Note).OfType<SegmentNote>().Where(n => !double.IsNaN(n.Share))]);
        foreach (LogSegment segment in segments)
        {
            await using SegmentReader reader = await log.OpenAsync(segment, cancellationToken);
            if (segment.Note is { } note && note.IsWithin(from, to) && note.Share == sample.Share && sample._below <= note.Below)
                await sample.AddSampleAsync(note, reader, cancellationToken);
            else
                await sample.AddAllAsync(reader, from, to, cancellationToken);
        }

        sample.Cut();
        return sample;
    }

    /// <summary>What is known of the window beforehand says which rows will be among the smallest.</summary>
    private void Expect(IReadOnlyCollection<SegmentNote> notes)
    {
        if (notes.Count == 0)
            return;
        Share = notes.Min(n => n.Share);
        double rows = notes.Sum(n => n.Rows * Share / n.Share);
        _below = RowKey.At(Margin * MaxRows / rows);
    }

    private async Task AddSampleAsync(SegmentNote note, SegmentReader reader, CancellationToken cancellationToken)
    {
        _predictions += note.Rows / note.Share;
        Total += note.Rows;
        while (await reader.NextAsync(cancellationToken) && reader.Head.Key is var key && key < _below)
            Keep(key, reader);
    }

    private async Task AddAllAsync(SegmentReader reader, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken)
    {
        while (await reader.NextAsync(cancellationToken))
        {
            if (reader.Head.Time >= from && reader.Head.Time < to)
                Add(reader);
        }
    }

    private void Add(SegmentReader reader)
    {
        double share = reader.Share();
        _predictions += 1 / share;
        if (share < Share)
            Thin(share);
        if (!RequestSample.Takes(Share, reader.Head.RequestId, reader.Head.Arrival.Draw))
            return;
        Total++;
        if (reader.Head.Key is var key && key < _below)
            Keep(key, reader);
    }

    private void Keep(ulong key, SegmentReader reader)
    {
        _kept.Add((key, reader.Row()));
        if (_kept.Count == 2 * MaxRows)
            Cut();
    }

    private void Thin(double share)
    {
        int before = _kept.Count;
        Share = share;
        _kept.RemoveAll(k => !RequestSample.Takes(share, k.Row.RequestId, k.Row.Arrival.Draw));
        // Of those not kept it is not known; they are thinned as the kept ones are.
        Total = before == 0 ? 0 : (long)Math.Round((double)Total * _kept.Count / before);
    }

    private void Cut()
    {
        if (_kept.Count <= MaxRows)
            return;
        _kept.Sort((a, b) => a.Key.CompareTo(b.Key));
        _below = _kept[MaxRows].Key;
        _kept.RemoveRange(MaxRows, _kept.Count - MaxRows);
    }
}
