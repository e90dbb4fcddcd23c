using System.Buffers;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Serving;

/// <summary>What a request id may be: callers bring their own, and it becomes part of a row key.</summary>
public static class RequestIds
{
    // Feedback is stored under the id, escaped, behind a row number; a key has at most 512 characters.
    private const int MaxEscaped = 480;

    private static readonly SearchValues<char> Plain = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~-");

    /// <exception cref="MlOpsException">Invalid <c>request-id</c>.</exception>
    public static void Check(string requestId)
    {
        if (Problem(requestId) is { } problem)
            throw MlOpsException.Invalid("request-id", problem);
    }

    /// <summary>Of letters, digits and . _ ~ - alone.</summary>
    public static bool IsPlain(string requestId) => !requestId.AsSpan().ContainsAnyExcept(Plain);

    /// <summary>What is wrong with an id, or null.</summary>
    public static string? Problem(string requestId)
    {
        if (requestId.Length is 0 or > Predictor.MaxRequestId)
            return $"the request id has {requestId.Length} characters; allowed are 1 to {Predictor.MaxRequestId}";
        // Of letters, digits and . _ ~ - none needs escaping, and that is what ids are.
        if (IsPlain(requestId))
            return null;
        if (KeyEscape.Escape(requestId).Length > MaxEscaped)
            return $"the request id is too long for its characters: one outside of A-Z a-z 0-9 . _ ~ - counts as 5, {MaxEscaped} are allowed in all";
        return requestId.AsSpan().ContainsAnyInRange('\0', '\u001f') ? "the request id has a control character; allowed is printable text" : null;
    }
}
