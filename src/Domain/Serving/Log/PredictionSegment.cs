using System.IO.Compression;
using System.Runtime.CompilerServices;

namespace MlOps.Domain.Serving.Log;

/// <summary>
/// A segment's bytes: gzipped JSON Lines, one row a line:
/// <c>{"id":"r1","row":0,"at":"...","version":3,"features":{"tenure":5,"contract":"monthly"},"prediction":"Yes","scores":[0.71]}</c>,
/// behind the version with <c>"unit":17</c>, the cluster of the request's unit, <c>"named":true</c> where somebody named the version, and
/// <c>"draw":...</c>, the server's number of the request, where it was sampled by it; with <c>"sample":0.1</c> where not all requests were logged, and <c>"redacted":["email"]</c> where values were left out. The lines are in
/// the order they came in; a large segment begins with a sample of itself (<see cref="SegmentNote"/>).
/// </summary>
internal static class PredictionSegment
{
    /// <summary>Lines of a sample, at least.</summary>
    public const int Sample = 1_000;

    /// <summary>So large a part of a segment is its sample: a window of so many times the rows that somebody looks at is read by samples.</summary>
    private const int SampleOf = 10;

    /// <summary>A smaller segment has no sample: it is read as fast.</summary>
    private const int MinRows = 2 * Sample;

    /// <summary>What is compressed at a time, in a tenth of a millisecond or two: requests that came meanwhile are answered before it goes on.</summary>
    private const int Slice = 32 << 10;

    /// <summary>Writes the segment over what is in <paramref name="bytes"/>, which stands at its begin then.</summary>
    public static async Task<SegmentNote> WriteAsync(PredictionBuffer.Segment segment, MemoryStream bytes)
    {
        (int[] sample, ulong below) = segment.Rows >= MinRows ? segment.Index.Smallest(Math.Max(Sample, segment.Rows / SampleOf)) : ([], 0);
        bytes.SetLength(0);
        await using (var zip = new GZipStream(bytes, CompressionLevel.Fastest, leaveOpen: true))
        {
            int slice = 0;
            foreach ((long offset, int length) in Parts(segment, sample))
            {
                segment.Lines.CopyTo(zip, offset, length);
                slice += length;
                if (slice < Slice)
                    continue;
                slice = 0;
                await Task.Yield();
            }
        }

        bytes.Position = 0;
        return segment.Index.Note() with { Below = below };
    }

    public static async IAsyncEnumerable<LoggedPrediction> ReadAsync(Stream segment, string path, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var reader = new SegmentReader(segment, path);
        while (await reader.NextAsync(cancellationToken))
            yield return reader.Row();
    }

    /// <summary>The lines of the sample, and then what lies between them.</summary>
    private static IEnumerable<(long Offset, int Length)> Parts(PredictionBuffer.Segment segment, int[] sample)
    {
        SegmentIndex index = segment.Index;
        (int[] lines, long[] offsets) = Places(index, sample);
        for (int i = 0; i < sample.Length; i++)
            yield return (offsets[i], index.Lengths[sample[i]]);

        // Lines that lie side by side go together: each part is a call of the compressor.
        (long start, int length) = (0, 0);
        for (int line = 0, next = 0; line < index.Count; line++)
        {
            int own = index.Lengths[line];
            bool isSampled = next < lines.Length && lines[next] == line;
            if (length > 0 && (isSampled || length >= Slice))
            {
                yield return (start, length);
                (start, length) = (start + length, 0);
            }

            if (isSampled)
                (start, next) = (start + own, next + 1);
            else
                length += own;
        }

        if (length > 0)
            yield return (start, length);
    }

    /// <summary>The sample's lines in the order of the segment, and where each of the sample begins.</summary>
    private static (int[] Lines, long[] Offsets) Places(SegmentIndex index, int[] sample)
    {
        int[] lines = [.. sample], places = [.. Enumerable.Range(0, sample.Length)];
        Array.Sort(lines, places);
        long[] offsets = new long[sample.Length];
        long offset = 0;
        for (int line = 0, next = 0; next < lines.Length; line++)
        {
            if (lines[next] == line)
                offsets[places[next++]] = offset;
            offset += index.Lengths[line];
        }

        return (lines, offsets);
    }
}
