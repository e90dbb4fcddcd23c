using System.Runtime.InteropServices;
using System.Security.Cryptography;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Experiments;

/// <summary>
/// Table <c>metricLog</c>: partition run id, row <c>[hash of the metric]-[least step]-[hash of the content]</c> with up to 2,000 points of
/// one metric, or <c>m-[hash of the content]</c> with the points of many metrics that have few each. A row is named by its content, so
/// that what is written again are the same rows; a point that stands in several is one.
/// </summary>
internal sealed class MetricLogTable(IEntityTable tables)
{
    private const string Table = "metricLog";

    // Behind every hash.
    private const string BlockPrefix = "m-";

    // 2,000 points take at most 56,000 bytes: 60 rows stay below the 4 MiB of a batch.
    private const int RowsPerBatch = 60;

    /// <summary>A few megabytes, whatever the length of a history.</summary>
    private const int RowsPerPage = 100;

    /// <summary>From here on a metric gets rows of its own, which its readers find without reading others.</summary>
    private const int OwnRow = 8;
    private const int BlockBytes = 48 << 10;

    public async Task AppendAsync(string runId, IReadOnlyList<(string Name, PackedPoints Points)> metrics, CancellationToken cancellationToken)
    {
        IEnumerable<Entity> own = metrics.Where(m => m.Points.Count >= OwnRow).SelectMany(m => Rows(runId, m.Name, m.Points));
        // Two chunks of one call can be the same bytes only if their points are; a batch takes each key once.
        IEnumerable<Entity> rows = own.Concat(Blocks(runId, metrics.Where(m => m.Points.Count < OwnRow))).DistinctBy(r => r.Key);
        foreach (Entity[] batch in rows.Chunk(RowsPerBatch))
            await tables.WriteAsync(Table, [.. batch.Select(EntityWrite.Upsert)], cancellationToken);
    }

    /// <param name="tail">What the run's row had, read before: what leaves it is written here first.</param>
    public async Task<MetricHistory> ReadAsync(string runId, string metric, IReadOnlyList<LatestMetric> tail, CancellationToken cancellationToken)
    {
        var points = new List<LatestMetric>();
        await foreach (Entity row in tables.ScanAsync(Table, runId, new EntityRange(MetricPart(metric), Limit: RowsPerPage), cancellationToken))
        {
            if (row.Text("metric") == metric)
                MetricChunk.Unpack(row.Bytes("points")!, points);
        }

        await foreach (Entity row in tables.ScanAsync(Table, runId, new EntityRange(BlockPrefix, Limit: RowsPerPage), cancellationToken))
            MetricBlock.Unpack(row.Bytes("block")!, metric, points);
        points.AddRange(tail);
        return new MetricHistory(metric, Distinct(points));
    }

    /// <summary>Removes all that was written of a run.</summary>
    public async Task RemoveAsync(string runId, CancellationToken cancellationToken)
    {
        var some = new EntityRange(Limit: RowsPerBatch);
        while ((await tables.QueryAsync(Table, runId, some, cancellationToken)).Entities is { Count: > 0 } rows)
        {
            try
            {
                await tables.WriteAsync(Table, [.. rows.Select(r => EntityWrite.Delete(r.Key))], cancellationToken);
            }
            catch (MlOpsException e) when (e.Code == "entity-missing")
            {
                // Somebody else removes them too: what is left is looked at again.
            }
        }
    }

    /// <summary>Bytes of all that was written of a run.</summary>
    public async Task<long> BytesAsync(string runId, CancellationToken cancellationToken)
    {
        long bytes = 0;
        await foreach (Entity row in tables.ScanAsync(Table, runId, EntityRange.All, cancellationToken))
            bytes += EntitySize.Of(row);
        return bytes;
    }

    private static List<LatestMetric> Distinct(List<LatestMetric> points)
    {
        if (!IsInOrder(points))
            points.Sort();
        Span<LatestMetric> all = CollectionsMarshal.AsSpan(points);
        int count = 0;
        foreach (LatestMetric point in all)
        {
            if (count == 0 || point.CompareTo(all[count - 1]) != 0)
                all[count++] = point;
        }

        points.RemoveRange(count, points.Count - count);
        return points;
    }

    /// <summary>As most histories are stored already.</summary>
    private static bool IsInOrder(List<LatestMetric> points)
    {
        for (int i = 1; i < points.Count; i++)
        {
            if (points[i - 1].CompareTo(points[i]) > 0)
                return false;
        }

        return true;
    }

    private static IEnumerable<Entity> Rows(string runId, string metric, PackedPoints points) =>
        points.IsInOrder && points.Count <= MetricChunk.MaxPoints
            ? [Row(runId, metric, points.First, points.Bytes.ToArray(), points.Count)]
            : points.Unpack().Order().Chunk(MetricChunk.MaxPoints).Select(chunk => Row(runId, metric, chunk[0], MetricChunk.Pack(chunk), chunk.Length));

    private static Entity Row(string runId, string metric, LatestMetric first, byte[] packed, int count) =>
        new(runId, $"{MetricPart(metric)}{StepPart(first.S)}-{Hash(packed)}")
        {
            ["metric"] = metric,
            ["points"] = packed,
            ["n"] = (long)count,
        };

    private static IEnumerable<Entity> Blocks(string runId, IEnumerable<(string Name, PackedPoints Points)> metrics)
    {
        var some = new List<(string Name, PackedPoints Points)>();
        int bytes = 0;
        foreach ((string Name, PackedPoints Points) metric in metrics)
        {
            int more = MetricBlock.HeadBytes(metric.Name) + metric.Points.Bytes.Length;
            if (bytes + more > BlockBytes)
            {
                yield return Block(runId, some);
                some.Clear();
                bytes = 0;
            }

            some.Add(metric);
            bytes += more;
        }

        if (some.Count > 0)
            yield return Block(runId, some);
    }

    private static Entity Block(string runId, List<(string Name, PackedPoints Points)> metrics)
    {
        byte[] packed = MetricBlock.Pack(metrics);
        return new Entity(runId, BlockPrefix + Hash(packed)) { ["block"] = packed };
    }

    /// <summary>A hash, because a name of 250 letters of another script, escaped, would pass a key's limit.</summary>
    private static string MetricPart(string metric) => Hash(MemoryMarshal.AsBytes(metric.AsSpan())) + "-";

    private static string StepPart(long step) => ((ulong)step ^ (1UL << 63)).ToString("X16");

    private static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 12));
}
