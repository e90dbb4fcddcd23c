using System.Security.Cryptography;
using System.Text.Json;

namespace MlOps.Domain.Experiments.Traces;

/// <summary>
/// Spans that programs send as they end, a few at a time and in any order: each lot is a file next to the trace's other artifacts, named by
/// its content, so that what is sent twice is kept once, and the trace's own document follows from what came so far.
/// </summary>
public sealed class SpanLog
{
    /// <summary>Bytes of spans of one trace that are read at once.</summary>
    public const long MaxBytes = 64L << 20;

    /// <summary>Bytes of spans of several traces that are read at once.</summary>
    public const long MaxBytesTogether = 4 * MaxBytes;

    private const int IdDigits = 32;

    /// <summary>Of a trace's artifacts.</summary>
    private const string Folder = "spans";

    private readonly ExperimentCatalog _catalog;
    private readonly ArtifactTree _artifacts;
    private readonly DocumentTable<Trace> _table;

    internal SpanLog(ExperimentCatalog catalog, ArtifactTree artifacts, DocumentTable<Trace> table) => (_catalog, _artifacts, _table) = (catalog, artifacts, table);

    /// <summary>Stores spans of one trace, which comes into being with its first.</summary>
    /// <param name="experimentId">Of a trace that is new.</param>
    /// <param name="traceId"><c>tr-</c> and 32 hexadecimal digits.</param>
    /// <exception cref="MlOpsException">NotFound <c>experiment-missing</c>; Conflict <c>experiment-deleted</c>; Invalid <c>spans-elsewhere</c>: the artifacts of the experiment are not kept by this server.</exception>
    public async Task StoreAsync(string experimentId, string traceId, IReadOnlyList<Span> spans, CancellationToken cancellationToken)
    {
        Trace? known = await _table.FindAsync(traceId, cancellationToken);
        Trace begun = known ?? await NewAsync(experimentId, traceId, spans, cancellationToken);
        byte[] file = SpanFile.Write(traceId, spans);
        string name = Convert.ToHexStringLower(SHA256.HashData(file).AsSpan(0, 16));
        await _artifacts.WriteAsync($"{FolderOf(begun)}/{name}.json", new MemoryStream(file), cancellationToken);
        await _table.PutAsync(begun.ExperimentId, traceId, begun.StartedAt, trace => Seen(trace ?? begun, spans), cancellationToken);
    }

    /// <summary>The whole first, then by start. Null of a trace whose spans are a file of its client's.</summary>
    /// <exception cref="MlOpsException">TooLarge <c>spans-too-large</c>.</exception>
    public async Task<IReadOnlyList<Span>?> ReadAsync(Trace trace, CancellationToken cancellationToken) => (await ReadAsync(trace, MaxBytesTogether, cancellationToken)).Spans;

    /// <summary>Of each trace as of one.</summary>
    /// <exception cref="MlOpsException">TooLarge <c>spans-too-large</c>: one of them, or all together.</exception>
    public async Task<IReadOnlyList<IReadOnlyList<Span>?>> ReadAsync(IReadOnlyList<Trace> traces, CancellationToken cancellationToken)
    {
        var all = new List<IReadOnlyList<Span>?>(traces.Count);
        long left = MaxBytesTogether;
        foreach (Trace trace in traces)
        {
            (IReadOnlyList<Span>? spans, long bytes) = await ReadAsync(trace, left, cancellationToken);
            all.Add(spans);
            left -= bytes;
        }

        return all;
    }

    private async Task<(IReadOnlyList<Span>? Spans, long Bytes)> ReadAsync(Trace trace, long left, CancellationToken cancellationToken)
    {
        if (!trace.Tags.ContainsKey(Trace.SpansTag) || !IsId(trace.Id))
            return (null, 0);
        string folder = FolderOf(trace);
        IReadOnlyList<ArtifactEntry> files = await _artifacts.ListAsync(folder, cancellationToken);
        long size = files.Sum(f => f.Size ?? 0);
        if (size > MaxBytes)
            throw MlOpsException.TooLarge("spans-too-large", $"the spans of trace '{trace.Id}' take {size:N0} bytes, at most {MaxBytes:N0} are answered at once: read the files of its artifact folder '{Folder}'");
        if (size > left)
            throw MlOpsException.TooLarge("spans-too-large", $"the spans of these traces, up to '{trace.Id}', take more than the {MaxBytesTogether:N0} bytes that are answered at once: ask for fewer");
        var spans = new Dictionary<string, Span>(StringComparer.Ordinal);
        foreach (ArtifactEntry file in files.Where(f => f.Size is not null))
        {
            await using Stream content = await _artifacts.OpenAsync($"{folder}/{file.Name}", cancellationToken);
            var bytes = new MemoryStream();
            await content.CopyToAsync(bytes, cancellationToken);
            foreach (Span span in SpanFile.Read(bytes.GetBuffer().AsMemory(0, (int)bytes.Length), $"{folder}/{file.Name}"))
            {
                // What was told of a step before its end gives way to what was told after.
                if (!spans.TryGetValue(span.Id, out Span? other) || other.EndNanos <= span.EndNanos)
                    spans[span.Id] = span;
            }
        }

        return ([.. spans.Values.OrderBy(s => s.ParentId is not null).ThenBy(s => s.StartNanos).ThenBy(s => s.Id, StringComparer.Ordinal)], size);
    }

    private static bool IsId(string id) => id.Length == Trace.IdPrefix.Length + IdDigits && id.StartsWith(Trace.IdPrefix, StringComparison.Ordinal) && id.Skip(Trace.IdPrefix.Length).All(char.IsAsciiHexDigitLower);

    private async Task<Trace> NewAsync(string experimentId, string traceId, IReadOnlyList<Span> spans, CancellationToken cancellationToken)
    {
        Experiment experiment = ExperimentCatalog.Active(await _catalog.GetAsync(experimentId, cancellationToken));
        return new Trace(traceId, experiment.Id, TimeOf(spans.Min(s => s.StartNanos))) { ArtifactLocation = experiment.ArtifactLocation, State = TraceState.InProgress };
    }

    private static string FolderOf(Trace trace) => ArtifactUris.PathOf(ArtifactUris.OfTrace(trace)) is { } path ? $"{path}/{Folder}"
        : throw MlOpsException.Invalid("spans-elsewhere", $"REST OTLP span logging is not supported here: the artifacts of trace '{trace.Id}' are at {ArtifactUris.OfTrace(trace)}, where its client writes them itself");

    private static Trace Seen(Trace trace, IReadOnlyList<Span> spans)
    {
        Trace seen = trace with { Tags = Texts.Merged(trace.Tags, new Dictionary<string, string> { [Trace.SpansTag] = Trace.SpansHere }) };
        // What its client said of the trace as a whole stands.
        if (!trace.Metadata.ContainsKey(Trace.FinalKey))
            seen = Timed(seen, spans);
        if (spans.FirstOrDefault(s => s.ParentId is null) is not { } root)
            return TraceLimits.Within(seen);
        return TraceLimits.Within(seen with
        {
            State = seen.State is not (TraceState.InProgress or TraceState.Unspecified) ? seen.State : root.Status == SpanStatus.Error ? TraceState.Error : TraceState.Ok,
            RequestPreview = seen.RequestPreview ?? TextOf(root, Span.InputsKey),
            ResponsePreview = seen.ResponsePreview ?? TextOf(root, Span.OutputsKey),
        });
    }

    private static Trace Timed(Trace trace, IReadOnlyList<Span> spans)
    {
        DateTimeOffset first = TimeOf(spans.Min(s => s.StartNanos)), last = TimeOf(spans.Max(s => s.EndNanos));
        DateTimeOffset start = first < trace.StartedAt ? first : trace.StartedAt;
        DateTimeOffset? before = trace.Milliseconds is { } duration ? trace.StartedAt.AddMilliseconds(duration) : null;
        DateTimeOffset end = before > last ? before.Value : last;
        var told = new Dictionary<string, string>();
        Note(told, spans, "session.id", Trace.SessionKey);
        Note(told, spans, "user.id", Trace.UserKey);
        return trace with
        {
            StartedAt = start,
            Milliseconds = end < start ? null : (long)(end - start).TotalMilliseconds,
            Metadata = Texts.Merged(told, trace.Metadata),
        };
    }

    private static void Note(Dictionary<string, string> told, IReadOnlyList<Span> spans, string attribute, string key)
    {
        foreach (Span span in spans)
        {
            if (span.Attributes.TryGetValue(attribute, out JsonElement value) && value.ValueKind == JsonValueKind.String)
                told.TryAdd(key, value.GetString()!);
        }
    }

    private static string? TextOf(Span span, string attribute) => span.Attributes.TryGetValue(attribute, out JsonElement value) ? value.GetRawText() : null;

    private static DateTimeOffset TimeOf(long nanos) => DateTimeOffset.FromUnixTimeMilliseconds(nanos / 1_000_000);
}
