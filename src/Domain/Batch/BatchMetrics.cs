using System.Diagnostics.Metrics;

namespace MlOps.Domain.Batch;

internal static class BatchMetrics
{
    private static readonly Counter<long> Batches = Telemetry.Meter.CreateCounter<long>("mlops.batches", "{batch}", "Batch predictions whose output is whole.");

    private static readonly Counter<long> Rows = Telemetry.Meter.CreateCounter<long>("mlops.batch.rows", "{row}", "Rows of batch predictions.");

    public static void Scored(BatchEntry batch, BatchPart part)
    {
        Count(batch, "scored", part.Rows);
        Count(batch, "rejected", part.Rejected);
    }

    public static void Ended(BatchEntry batch) => Batches.Add(1, new("model", batch.Model), new("version", batch.Version));

    private static void Count(BatchEntry batch, string outcome, long rows)
    {
        if (rows > 0)
            Rows.Add(rows, new("model", batch.Model), new("version", batch.Version), new("outcome", outcome));
    }
}
