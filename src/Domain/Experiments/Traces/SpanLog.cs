using System.Runtime.CompilerServices;
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

    // Only who deletes the trace meanwhile makes a second one needed.
    private const int Attempts = 100;

    /// <summary>Of a trace's artifacts.</summary>
    private const string Folder = "spans";

    private readonly ExperimentCatalog _catalog;
    private readonly ArtifactTree _artifacts;
    private readonly DocumentTable<Trace> _table;

    internal SpanLog(ExperimentCatalog catalog, ArtifactTree artifacts, DocumentTable<Trace> table) => (_catalog, _artifacts, _table) = (catalog, artifacts, table);

    /// <summary>Stores spans of one trace, which comes into being with its first, also anew where it is deleted meanwhile.</summary>
    /// <param name="experimentId">Of a trace that is new.</param>
    /// <param name="traceId"><c>tr-</c> and 32 hexadecimal digits.</param>
    /// <exception cref="MlOpsException">NotFound <c>experiment-missing</c>; Conflict <c>experiment-deleted</c>; Invalid <c>spans-elsewhere</c>: the artifacts of the experiment are not kept by this server.</exception>
    public async Task StoreAsync(string experimentId, string traceId, IReadOnlyList<Span> spans, CancellationToken cancellationToken)
    {
        byte[] file = SpanFile.Write(traceId, spans);
        string name = Convert.ToHexStringLower(SHA256.HashData(file).AsSpan(0, 16));
        for (int attempt = 1; attempt <= Attempts; attempt++)
        {
            Trace? known = await _table.FindAsync(traceId, cancellationToken);
            Trace begun = known ?? await NewAsync(experimentId, traceId, spans, cancellationToken);
            string path = $"{FolderOf(begun)}/{name}.json";
            // The file first: who deletes the trace has to begin anew when its document changed since it removed the files.
            await _artifacts.WriteOwnAsync(path, new MemoryStream(file), cancellationToken);
            if (!await TryNoteAsync(begun, known is not null, spans, cancellationToken))
                continue;
            // It may have gone with a trace that was deleted, and made anew by others, since it was written.
            if (await _artifacts.ExistsAsync(path, cancellationToken))
                return;
        }

        throw MlOpsException.Conflict("entity-changed", $"trace '{traceId}' is deleted over and over by others: try again");
    }

    /// <summary>The whole first, then by start. Null of a trace whose spans are a file of its client's.</summary>
    /// <exception cref="MlOpsException">TooLarge <c>spans-too-large</c>; Invalid <c>spans-damaged</c>.</exception>
    public async Task<IReadOnlyList<Span>?> ReadAsync(Trace trace, CancellationToken cancellationToken) =>
        HasSpans(trace) ? (await ReadAsync(await ListAsync(trace, cancellationToken), cancellationToken)).Spans : null;

    /// <summary>Of each trace as of one, which are read one after the other as they are asked for; null also of one whose files are damaged.</summary>
    /// <exception cref="MlOpsException">TooLarge <c>spans-too-large</c>: one of them, or all together.</exception>
    public async Task<IAsyncEnumerable<(Trace Trace, IReadOnlyList<Span>? Spans)>> OpenAsync(IReadOnlyList<Trace> traces, CancellationToken cancellationToken)
    {
        long bytes = 0;
        foreach (Trace trace in traces.Where(HasSpans))
        {
            bytes += (await ListAsync(trace, cancellationToken)).Sum(f => f.Size);
            if (bytes > MaxBytesTogether)
                throw MlOpsException.TooLarge("spans-too-large", $"the spans of these traces, up to '{trace.Id}', take more than the {MaxBytesTogether:N0} bytes that are answered at once: ask for fewer");
        }

        return EachAsync(traces, cancellationToken);
    }

    private async IAsyncEnumerable<(Trace Trace, IReadOnlyList<Span>? Spans)> EachAsync(IReadOnlyList<Trace> traces, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (Trace trace in traces)
            yield return (trace, (await TryReadAsync(trace, cancellationToken)).Spans);
    }

    /// <summary>With the bytes of their files. Null also where they cannot be read: of several traces the others are answered.</summary>
    internal async Task<(IReadOnlyList<Span>? Spans, long Bytes)> TryReadAsync(Trace trace, CancellationToken cancellationToken)
    {
        try
        {
            return HasSpans(trace) ? await ReadAsync(await ListAsync(trace, cancellationToken), cancellationToken) : (null, 0);
        }
        catch (MlOpsException e) when (e.Code is "spans-damaged" or "spans-too-large" or "artifact-missing")
        {
            return (null, 0);
        }
    }

    /// <summary>What is kept of it, and how large.</summary>
    private async Task<IReadOnlyList<(string Path, long Size)>> ListAsync(Trace trace, CancellationToken cancellationToken)
    {
        string folder = FolderOf(trace);
        (string Path, long Size)[] files = [.. (await _artifacts.ListAsync(folder, cancellationToken)).Where(f => f.Size is not null).Select(f => ($"{folder}/{f.Name}", f.Size!.Value))];
        long size = files.Sum(f => f.Size);
        if (size > MaxBytes)
            throw MlOpsException.TooLarge("spans-too-large", $"the spans of trace '{trace.Id}' take {size:N0} bytes, at most {MaxBytes:N0} are answered at once: read the files of its artifact folder '{Folder}'");
        return files;
    }

    private async Task<(IReadOnlyList<Span> Spans, long Bytes)> ReadAsync(IReadOnlyList<(string Path, long Size)> files, CancellationToken cancellationToken)
    {
        var spans = new Dictionary<string, Span>(StringComparer.Ordinal);
        foreach ((string path, _) in files)
        {
            await using Stream content = await _artifacts.OpenAsync(path, cancellationToken);
            var bytes = new MemoryStream();
            await content.CopyToAsync(bytes, cancellationToken);
            foreach (Span span in SpanFile.Read(bytes.GetBuffer().AsMemory(0, (int)bytes.Length), path))
            {
                // What was told of a step before its end gives way to what was told after.
                if (!spans.TryGetValue(span.Id, out Span? other) || other.EndNanos <= span.EndNanos)
                    spans[span.Id] = span;
            }
        }

        return ([.. spans.Values.OrderBy(s => s.ParentId is not null).ThenBy(s => s.StartNanos).ThenBy(s => s.Id, StringComparer.Ordinal)], files.Sum(f => f.Size));
    }

    /// <summary>False of a trace whose spans are a file of its client's.</summary>
    public static bool HasSpans(Trace trace) => trace.Tags.GetValueOrDefault(Trace.SpansTag) == Trace.SpansHere && IsId(trace.Id);

    /// <summary>False when the trace that is said to be known is deleted.</summary>
    private async Task<bool> TryNoteAsync(Trace begun, bool isKnown, IReadOnlyList<Span> spans, CancellationToken cancellationToken)
    {
        try
        {
            await _table.PutAsync(begun.ExperimentId, begun.Id, begun.StartedAt, trace => trace is null && isKnown ? null : Seen(trace ?? begun, spans), cancellationToken);
            return true;
        }
        catch (MlOpsException e) when (isKnown && e.Code == "trace-missing")
        {
            return false;
        }
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
        Trace seen = SpanUsage.Noted(trace, spans) with { Tags = Texts.Merged(trace.Tags, new Dictionary<string, string> { [Trace.SpansTag] = Trace.SpansHere }) };
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
