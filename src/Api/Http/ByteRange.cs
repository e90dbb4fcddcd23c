using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Headers;
using Microsoft.Net.Http.Headers;

namespace MlOps.Api.Http;

/// <summary>The part of a file that a request asks for (RFC 9110, 14).</summary>
/// <param name="Length">0: the file does not reach so far.</param>
internal readonly record struct ByteRange(long From, long Length)
{
    /// <summary>
    /// Null for the whole file: no range, several, one in another unit, or one on the condition that the file is still the same, which
    /// cannot be told without a mark of it.
    /// </summary>
    /// <param name="size">Bytes of the file.</param>
    public static ByteRange? Of(HttpRequest request, long size)
    {
        if (request.Headers.Range.Count == 0 || request.Headers.IfRange.Count > 0 || !HttpMethods.IsGet(request.Method))
            return null;
        RequestHeaders headers = request.GetTypedHeaders();
        if (headers.Range is not { Unit.Value: "bytes", Ranges: { Count: 1 } ranges })
            return null;
        RangeItemHeaderValue range = ranges.First();
        long from = range.From ?? size - Math.Min(range.To!.Value, size);
        long end = range.From is null ? size : Math.Min(range.To ?? long.MaxValue - 1, size - 1) + 1;
        return from < end ? new ByteRange(from, end - from) : new ByteRange(0, 0);
    }
}
