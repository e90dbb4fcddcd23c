using System.Runtime.InteropServices;
using System.Security.Cryptography;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Experiments;

/// <summary>
/// Table <c>metricLog</c>: partition run id, row <c>[hash of the metric]-[least step]-[hash of the content]</c>, one row a metric
/// and a call of up to 2,000 points. The row is named by its content, so that a repeated call writes the same rows again.
/// </summary>
internal sealed class MetricLogTable(IEntityTable tables)
{
    private const string Table = "metricLog";
    // 2,000 points take at most 56,000 bytes: 60 rows stay below the 4 MiB of a batch.
    private const int RowsPerBatch = 60;

    public async Task AppendAsync(string runId, IReadOnlyList<MetricPoint> points, CancellationToken cancellationToken)
    {
        // Two chunks of one call can be the same bytes only if their points are; a batch takes each key once.
        IEnumerable<Entity> rows = points.GroupBy(p => p.Name, StringComparer.Ordinal).SelectMany(m => Rows(runId, m.Key, m)).DistinctBy(r => r.Key);
        foreach (Entity[] batch in rows.Chunk(RowsPerBatch))
            await tables.WriteAsync(Table, [.. batch.Select(EntityWrite.Upsert)], cancellationToken);
    }

    /// <summary>Every point once, ordered by (step, time, value).</summary>
    public async Task<IReadOnlyList<MetricPoint>> ReadAsync(string runId, string metric, CancellationToken cancellationToken)
    {
        var points = new HashSet<(long Step, long Time, long Bits)>();
        await foreach (Entity row in tables.ScanAsync(Table, runId, new EntityRange(MetricPart(metric)), cancellationToken))
        {
            if (row.Text("metric") == metric)
                points.UnionWith(MetricChunk.Unpack(row.Bytes("points")!).Select(p => (p.S, p.T, BitConverter.DoubleToInt64Bits(p.V))));
        }

        return [.. points.Select(p => new LatestMetric(BitConverter.Int64BitsToDouble(p.Bits), p.Step, p.Time)).Order(InOrder).Select(p => p.ToPoint(metric))];
    }

    private static readonly Comparer<LatestMetric> InOrder = Comparer<LatestMetric>.Create((a, b) => (a.S, a.T, a.V).CompareTo((b.S, b.T, b.V)));

    private static IEnumerable<Entity> Rows(string runId, string metric, IEnumerable<MetricPoint> points) =>
        points.Select(LatestMetric.Of).Order(InOrder).Chunk(MetricChunk.MaxPoints).Select(chunk => Row(runId, metric, chunk));

    private static Entity Row(string runId, string metric, LatestMetric[] chunk)
    {
        byte[] packed = MetricChunk.Pack(chunk);
        return new Entity(runId, $"{MetricPart(metric)}{StepPart(chunk[0].S)}-{Hash(packed)}")
        {
            ["metric"] = metric,
            ["points"] = packed,
            ["n"] = (long)chunk.Length,
        };
    }

    /// <summary>A hash, because a name of 250 letters of another script, escaped, would pass a key's limit.</summary>
    private static string MetricPart(string metric) => Hash(MemoryMarshal.AsBytes(metric.AsSpan())) + "-";

    private static string StepPart(long step) => ((ulong)step ^ (1UL << 63)).ToString("X16");

    private static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 12));
}
