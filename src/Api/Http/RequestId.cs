using Microsoft.AspNetCore.Http;
using MlOps.Domain;

namespace MlOps.Api.Http;

/// <summary>The caller's <c>x-request-id</c>, or a new one; answered on every response, and the id that predictions are logged under.</summary>
internal static class RequestId
{
    public const string Header = "x-request-id";

    private const int MaxChars = 128;

    /// <returns>What is wrong with the caller's id, or null; the request has a new one then.</returns>
    public static string? Set(ApiCall call, IIdSource ids)
    {
        string given = call.IsOrdinary ? "" : call.Http.Request.Headers[Header].ToString();
        bool fits = Fits(given);
        Use(call.Http, fits ? given : ids.NewId());
        return fits || given.Length == 0 ? null : $"the header {Header} is not 1 to {MaxChars} printable ASCII characters without blanks; send another, or none and take the one of the answer";
    }

    /// <summary>The id that a protocol has a field of its own for is the request's, and so the header's; what no header can hold stands there percent-encoded.</summary>
    public static void Use(HttpContext http, string id)
    {
        http.TraceIdentifier = id;
        if (id.Length is > 0 and <= MaxChars)
            http.Response.Headers[Header] = IsHeaderText(id) ? id : Uri.EscapeDataString(id);
    }

    private static bool IsHeaderText(string id) => id[0] != ' ' && id[^1] != ' ' && !id.AsSpan().ContainsAnyExceptInRange(' ', '~');

    private static bool Fits(string id) => id.Length is > 0 and <= MaxChars && !id.AsSpan().ContainsAnyExceptInRange('!', '~');
}
