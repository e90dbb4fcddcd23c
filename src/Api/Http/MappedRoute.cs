using System.Text.RegularExpressions;
using MlOps.Domain.Access;

namespace MlOps.Api.Http;

/// <summary>A route as it was mapped.</summary>
/// <param name="Path">As ASP.NET Core writes it: <c>/runs/{id}/metrics/{**name}</c>.</param>
/// <param name="Role">Who may; null for everybody.</param>
internal sealed partial record MappedRoute(string Method, string Path, Role? Role, ErrorShape Shape)
{
    /// <summary>As OpenAPI writes it: <c>/runs/{id}/metrics/{name}</c>.</summary>
    public string Template => Parameter().Replace(Path, "{$1}");

    public IEnumerable<string> Parameters => Parameter().Matches(Path).Select(m => m.Groups[1].Value);

    [GeneratedRegex(@"\{\**(\w+)[^}]*\}")]
    private static partial Regex Parameter();
}
