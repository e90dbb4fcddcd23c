using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace MlOps.Api.Protocols.MlflowScoring;

/// <summary>Media types of an invocation and its answer.</summary>
internal static class InvocationBody
{
    public const string Json = "application/json";
    public const string Csv = "text/csv";

    /// <exception cref="MlOpsException">Invalid <c>media-type</c> (415).</exception>
    public static string MediaType(HttpRequest request)
    {
        bool ok = MediaTypeHeaderValue.TryParse(request.ContentType, out MediaTypeHeaderValue? type)
            && type.MediaType.Value?.ToLowerInvariant() is Json or Csv
            && type.Parameters.All(p => p.Name.Equals("charset", StringComparison.OrdinalIgnoreCase) && p.Value.ToString().Trim('"').Equals("utf-8", StringComparison.OrdinalIgnoreCase));
        return ok ? type!.MediaType.Value!.ToLowerInvariant() : throw MlOpsException.Invalid("media-type",
            $"the content type is '{request.ContentType}', expected application/json or text/csv, in UTF-8");
    }

    /// <summary>Whether the caller asked for CSV before JSON, as SageMaker's callers may.</summary>
    public static bool WantsCsv(HttpRequest request) =>
        request.Headers.Accept.Count > 0
        && MediaTypeHeaderValue.TryParseList(request.Headers.Accept, out IList<MediaTypeHeaderValue>? types)
        && types.OrderByDescending(t => t.Quality ?? 1).First().MediaType.Value?.ToLowerInvariant() == Csv;
}
