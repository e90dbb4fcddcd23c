using MlOps.Domain.Storage;

namespace MlOps.Domain.Experiments;

/// <summary>
/// A run's row: its document, or what of a long one is no part of its own, and the tail of its points. What is logged to a long run goes into
/// the tail alone as long as it has room: the document is <b>behind</b> then, and its latest values are those of the tail where these are later.
/// </summary>
internal static class RunRow
{
    private const string Tail = "tail";
    private const string Behind = "behind";

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

    /// <summary>What is to be merged into the row of a long run for its new tail.</summary>
    /// <param name="bytes">Of the tail.</param>
    public static Entity OfTail(EntityKey key, byte[] bytes) => new(key.Partition, key.Row) { [Tail] = bytes, [Behind] = true };

    /// <summary>All of a run as JSON.</summary>
    /// <param name="document">As it is stored.</param>
    public static byte[] Json(Entity row, byte[] document) => IsBehind(row) ? LateMetrics.Into(document, TailOf(row)) : document;

    /// <param name="document">All of it, as it is stored.</param>
    public static RunDocument Read(Entity row, byte[] document)
    {
        var run = RunDocument.Read(document, row.Bytes(Tail));
        if (IsBehind(row))
            run.Tail.AddTo(run.Metrics);
        return PieceList.Read(row) is { IsNone: false } pieces ? run with { Pieces = pieces } : run;
    }

    public static MetricTail TailOf(Entity row) => MetricTail.Read(row.Bytes(Tail));

    private static bool IsBehind(Entity row) => row.Flag(Behind) == true;

    private static MlOpsException TooLarge(string runId, int bytes) => MlOpsException.TooLarge("run-too-large",
        $"the params, tags and latest metrics of run '{runId}' would take {bytes:N0} bytes, at most {TrackingLimits.RunBytes:N0} are allowed: log long texts and tables as artifacts");
}
