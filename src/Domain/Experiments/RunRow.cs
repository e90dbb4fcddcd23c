using MlOps.Domain.Storage;

namespace MlOps.Domain.Experiments;

/// <summary>A run's row: its document, or what of a long one is no part of its own, and the tail of its points.</summary>
internal static class RunRow
{
    private const string Tail = "tail";

    /// <param name="version">The ETag of the row that is to be replaced; null for none.</param>
    /// <exception cref="MlOpsException">TooLarge <c>run-too-large</c>.</exception>
    public static CutDocument Cut(RunDocument run, string? version, DateTimeOffset now)
    {
        byte[] json = run.Write();
        return json.Length <= TrackingLimits.RunBytes ? CutDocument.Of(json, run.Pieces, version, now) : throw TooLarge(run.Id, json.Length);
    }

    public static Entity Of(EntityKey key, RunDocument run, CutDocument document)
    {
        var row = new Entity(key.Partition, key.Row) { [Tail] = run.Tail.Write() };
        DocumentParts.Set(row, document);
        return row;
    }

    /// <param name="document">All of it.</param>
    public static RunDocument Read(Entity row, byte[] document)
    {
        var run = RunDocument.Read(document, row.Bytes(Tail));
        return PieceList.Read(row) is { IsNone: false } pieces ? run with { Pieces = pieces } : run;
    }

    public static MetricTail TailOf(Entity row) => MetricTail.Read(row.Bytes(Tail));

    private static MlOpsException TooLarge(string runId, int bytes) => MlOpsException.TooLarge("run-too-large",
        $"the params, tags and latest metrics of run '{runId}' would take {bytes:N0} bytes, at most {TrackingLimits.RunBytes:N0} are allowed: log long texts and tables as artifacts");
}
