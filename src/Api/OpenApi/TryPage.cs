using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using MlOps.Api.Http;

namespace MlOps.Api.OpenApi;

/// <summary>
/// The page to try the API: one file of ours, which holds nothing but asks for the document as any client does. Its script and style are
/// allowed by their hashes, and nothing else is.
/// </summary>
internal static partial class TryPage
{
    private static readonly byte[] Html = Read();

    private static readonly string Policy =
        $"default-src 'none'; connect-src 'self'; script-src '{Hash(Script())}'; style-src '{Hash(Style())}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static async Task WriteAsync(ApiCall call)
    {
        HttpResponse response = call.Http.Response;
        response.ContentType = "text/html; charset=utf-8";
        response.ContentLength = Html.Length;
        response.Headers.ContentSecurityPolicy = Policy;
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers["Referrer-Policy"] = "no-referrer";
        response.Headers.CacheControl = "no-cache";
        await response.Body.WriteAsync(Html, call.Aborted);
    }

    private static byte[] Read()
    {
        using Stream page = typeof(TryPage).Assembly.GetManifestResourceStream("try.html")!;
        using var reader = new StreamReader(page, Encoding.UTF8);
        // A browser hashes what it parsed, in which line ends are LF.
        return Encoding.UTF8.GetBytes(reader.ReadToEnd().ReplaceLineEndings("\n"));
    }

    private static string Hash(Regex part) => $"sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(part.Match(Encoding.UTF8.GetString(Html)).Groups[1].Value)))}";

    [GeneratedRegex("<script>(.*)</script>", RegexOptions.Singleline)]
    private static partial Regex Script();

    [GeneratedRegex("<style>(.*)</style>", RegexOptions.Singleline)]
    private static partial Regex Style();
}
