using MlOps.Domain.Serving.Log;
using MlOps.Learning;

namespace MlOps.Domain.Monitoring;

/// <summary>A uniform sample of a window of the prediction log in bounded memory (reservoir sampling, Vitter 1985, algorithm R).</summary>
/// <param name="Total">Rows in the window.</param>
internal sealed record PredictionSample(IReadOnlyList<LoggedPrediction> Rows, long Total)
{
    /// <summary>So many rows tell a shift of a thirtieth of a standard deviation; more only cost time.</summary>
    public const int MaxRows = 20_000;

    private const ulong Seed = 42;

    public static async Task<PredictionSample> TakeAsync(
        PredictionLog log, string model, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken)
    {
        var rows = new List<LoggedPrediction>();
        var random = new SeededRandom(Seed);
        long total = 0;
        await foreach (LoggedPrediction row in log.ReadAsync(model, from, to, int.MaxValue, cancellationToken))
        {
            total++;
            if (rows.Count < MaxRows)
                rows.Add(row);
            else if ((long)(random.NextDouble() * total) is var at && at < MaxRows)
                rows[(int)at] = row;
        }

        return new(rows, total);
    }
}
