using Microsoft.AspNetCore.Http;

namespace MlOps.Api.Http;

/// <summary>
/// The headers that every client sends. A request has seldom any other, and to find out by their number costs less than to look for a
/// dozen names that are not there.
/// </summary>
internal static class OrdinaryHeaders
{
    /// <summary>Whether a request has no header but these.</summary>
    public static bool Only(IHeaderDictionary headers)
    {
        int ordinary = headers.ContentLength is null ? 0 : 1;
        ordinary += Sign(headers.Host.Count) + Sign(headers.ContentType.Count) + Sign(headers.UserAgent.Count) + Sign(headers.Accept.Count);
        ordinary += Sign(headers.AcceptEncoding.Count) + Sign(headers.Connection.Count);
        return ordinary == headers.Count;
    }

    private static int Sign(int count) => count > 0 ? 1 : 0;
}
