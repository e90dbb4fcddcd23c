namespace MlOps.Domain.Serving;

/// <summary>What a request id may be: callers bring their own, and it becomes part of a row key.</summary>
internal static class RequestIds
{
    public static void Check(string requestId)
    {
        if (requestId.Length is 0 or > Predictor.MaxRequestId)
            throw MlOpsException.Invalid("request-id", $"the request id has {requestId.Length} characters; allowed are 1 to {Predictor.MaxRequestId}");
        if (requestId.AsSpan().ContainsAnyInRange('\0', '\u001f'))
            throw MlOpsException.Invalid("request-id", "the request id has a control character; allowed is printable text");
    }
}
