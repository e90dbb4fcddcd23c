using MlOps.Domain.Storage;

namespace MlOps.Domain.Serving;

/// <summary>What a request id may be: callers bring their own, and it becomes part of a row key.</summary>
internal static class RequestIds
{
    // Feedback is stored under the id, escaped, behind a row number; a key has at most 512 characters.
    private const int MaxEscaped = 480;

    public static void Check(string requestId)
    {
        if (requestId.Length is 0 or > Predictor.MaxRequestId)
            throw MlOpsException.Invalid("request-id", $"the request id has {requestId.Length} characters; allowed are 1 to {Predictor.MaxRequestId}");
        if (KeyEscape.Escape(requestId).Length > MaxEscaped)
            throw MlOpsException.Invalid("request-id", $"the request id is too long for its characters: one outside of A-Z a-z 0-9 . _ ~ - counts as 5, {MaxEscaped} are allowed in all");
        if (requestId.AsSpan().ContainsAnyInRange('\0', '\u001f'))
            throw MlOpsException.Invalid("request-id", "the request id has a control character; allowed is printable text");
    }
}
