using Microsoft.AspNetCore.Http;
using MlOps.Domain;

namespace MlOps.Api.Http;

/// <summary>The caller's <c>x-request-id</c>, or a new one; answered on every response, and the id that predictions are logged under.</summary>
internal static class RequestId
{
    public const string Header = "x-request-id";

    private const int MaxChars = 128;

    public static void Set(HttpContext http, IIdSource ids)
    {
        string given = http.Request.Headers[Header].ToString();
        // What cannot be answered as a header as it stands gives way to a new id.
        string id = given.Length is > 0 and <= MaxChars && given.All(c => c is > ' ' and <= '~') ? given : ids.NewId();
        http.TraceIdentifier = id;
        http.Response.Headers[Header] = id;
    }
}
