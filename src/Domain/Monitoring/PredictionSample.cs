using MlOps.Domain.Serving.Log;
using MlOps.Learning;

namespace MlOps.Domain.Monitoring;

/// <summary>
/// A uniform sample of a window of the prediction log in bounded memory: each row gets a random number, those with the smallest stay
/// (bottom-k sampling). Where the share of logged requests changed within the window, all of it is thinned to the smallest share first
/// (<see cref="RequestSample"/>), for rows of a time when more was logged would outweigh the others.
/// </summary>
internal sealed class PredictionSample
{
    /// <summary>So many rows tell a shift of a thirtieth of a standard deviation; more only cost time.</summary>
    public const int MaxRows = 20_000;

    private const ulong Seed = 42;

    private readonly List<(double Number, LoggedPrediction Row)> _kept = [];
    private readonly SeededRandom _random = new(Seed);
    private double _below = 1;
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
        var sample = new PredictionSample();
        await foreach (LoggedPrediction row in log.ReadAsync(model, from, to, int.MaxValue, cancellationToken))
            sample.Add(row);
        sample.Cut();
        return sample;
    }

    private void Add(LoggedPrediction row)
    {
        _predictions += 1 / row.Sample;
        if (row.Sample < Share)
            Thin(row.Sample);
        if (!RequestSample.Takes(Share, row.RequestId))
            return;
        Total++;
        double number = _random.NextDouble();
        if (number >= _below)
            return;
        _kept.Add((number, row));
        if (_kept.Count == 2 * MaxRows)
            Cut();
    }

    private void Thin(double share)
    {
        int before = _kept.Count;
        Share = share;
        _kept.RemoveAll(k => !RequestSample.Takes(share, k.Row.RequestId));
        // Of those not kept it is not known; they are thinned as the kept ones are.
        Total = before == 0 ? 0 : (long)Math.Round((double)Total * _kept.Count / before);
    }

    private void Cut()
    {
        if (_kept.Count <= MaxRows)
            return;
        _kept.Sort((a, b) => a.Number.CompareTo(b.Number));
        _below = _kept[MaxRows].Number;
        _kept.RemoveRange(MaxRows, _kept.Count - MaxRows);
    }
}
