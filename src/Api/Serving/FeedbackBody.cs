using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text.Json;
using MlOps.Api.Http;

namespace MlOps.Api.Serving;

/// <summary>
/// The items of a body of feedback, one after the other as they arrive, in memory for a few of them: a JSON array, or JSON lines, or CSV.
/// Only the object <c>{"model", "items"}</c> is read as a whole, for its model may stand behind its items.
/// </summary>
internal sealed class FeedbackBody(PipeReader body, string? contentType, char delimiter)
{
    private const int MaxLine = 64 << 10;

    private static readonly string[] Lines = ["application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines", "application/json-lines"];

    /// <summary>The model that the body names, and its items.</summary>
    public async Task<(string? Model, IAsyncEnumerable<FeedbackEntry> Items)> ReadAsync(CancellationToken cancellationToken)
    {
        string media = (contentType ?? "").Split(';')[0].Trim().ToLowerInvariant();
        if (media == "text/csv")
            return (null, FeedbackCsv.ReadAsync(body, delimiter, cancellationToken));
        if (Lines.Contains(media))
            return (null, LinesAsync(cancellationToken));
        if (await FirstAsync(cancellationToken) == '[')
            return (null, ArrayAsync(cancellationToken));
        FeedbackObject whole = await JsonRequest.ReadAsync<FeedbackObject>(body.AsStream(), cancellationToken);
        return (whole.Model, whole.Items.Select(FeedbackEntry.Of).ToAsyncEnumerable());
    }

    /// <summary>The first byte that is no blank, left where it is; 0 where there is none among the first bytes.</summary>
    private async Task<byte> FirstAsync(CancellationToken cancellationToken)
    {
        ReadResult read = await body.ReadAsync(cancellationToken);
        byte first = 0;
        foreach (ReadOnlyMemory<byte> segment in read.Buffer)
        {
            int at = segment.Span.IndexOfAnyExcept(" \t\r\n"u8);
            if (at < 0)
                continue;
            first = segment.Span[at];
            break;
        }

        body.AdvanceTo(read.Buffer.Start);
        return first;
    }

    private async IAsyncEnumerable<FeedbackEntry> ArrayAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using IAsyncEnumerator<JsonElement> items = JsonSerializer.DeserializeAsyncEnumerable<JsonElement>(body.AsStream(), cancellationToken: cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (await NextAsync(items))
            yield return FeedbackEntry.Of(items.Current);
    }

    private static async Task<bool> NextAsync(IAsyncEnumerator<JsonElement> items)
    {
        try
        {
            return await items.MoveNextAsync();
        }
        catch (JsonException e)
        {
            MlOpsException wrong = JsonRequest.Invalid(e, null);
            throw MlOpsException.Invalid(wrong.Code, $"{wrong.Message}; items before it were taken, and sending them again changes nothing");
        }
    }

    private async IAsyncEnumerable<FeedbackEntry> LinesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (bool more = true; more;)
        {
            ReadResult read = await body.ReadAsync(cancellationToken);
            ReadOnlySequence<byte> rest = read.Buffer;
            while (TakeLine(ref rest, read.IsCompleted) is { } line)
            {
                if (line.AsSpan().ContainsAnyExcept(" \t\r"u8))
                    yield return FeedbackEntry.Of(line);
            }

            if (rest.Length > MaxLine)
                throw MlOpsException.Invalid("json-invalid", $"a line is longer than {MaxLine:N0} bytes: send one object with requestId and truth or reward a line; lines before it were taken, and sending them again changes nothing");
            body.AdvanceTo(rest.Start, rest.End);
            more = !read.IsCompleted;
        }
    }

    private static byte[]? TakeLine(ref ReadOnlySequence<byte> rest, bool isLast)
    {
        if (rest.IsEmpty)
            return null;
        SequencePosition? end = rest.PositionOf((byte)'\n');
        if (end is null && !isLast)
            return null;
        byte[] line = rest.Slice(0, end ?? rest.End).ToArray();
        rest = end is { } at ? rest.Slice(rest.GetPosition(1, at)) : rest.Slice(rest.End);
        return line;
    }
}

/// <summary><see cref="FeedbackRequest"/> as it is read, item by item.</summary>
internal sealed record FeedbackObject(IReadOnlyList<JsonElement> Items, string? Model = null);
