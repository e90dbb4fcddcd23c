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
    /// <summary>Lines of a sample.</summary>
    public const int Sample = 1_000;

    /// <summary>A smaller segment has no sample: it is read as fast.</summary>
    private const int MinRows = 2 * Sample;

    /// <summary>What is compressed at a time, in a tenth of a millisecond or two: requests that came meanwhile are answered before it goes on.</summary>
    private const int Slice = 32 << 10;

    /// <summary>Writes the segment over what is in <paramref name="bytes"/>, which stands at its begin then.</summary>
    public static async Task<SegmentNote> WriteAsync(PredictionBuffer.Segment segment, MemoryStream bytes)
    {
        (int[] sample, ulong below) = segment.Rows >= MinRows ? segment.Index.Smallest(Sample) : ([], 0);
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
        long[] offsets = new long[segment.Index.Count];
        bool[] isFirst = new bool[segment.Index.Count];
        for (int i = 1; i < offsets.Length; i++)
            offsets[i] = offsets[i - 1] + segment.Index.Lengths[i - 1];
        foreach (int line in sample)
        {
            isFirst[line] = true;
            yield return (offsets[line], segment.Index.Lengths[line]);
        }

        // Lines that lie side by side go together: each part is a call of the compressor.
        (long start, int length) = (0, 0);
        for (int i = 0; i < offsets.Length; i++)
        {
            if (length > 0 && (isFirst[i] || length >= Slice))
            {
                yield return (start, length);
                length = 0;
            }

            if (isFirst[i])
                continue;
            if (length == 0)
                start = offsets[i];
            length += segment.Index.Lengths[i];
        }

        if (length > 0)
            yield return (start, length);
    }
}
