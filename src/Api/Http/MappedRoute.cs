using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing.Template;
using MlOps.Domain.Access;

namespace MlOps.Api.Http;

/// <summary>A route as it was mapped.</summary>
/// <param name="Path">As ASP.NET Core writes it: <c>/runs/{id}/metrics/{**name}</c>.</param>
/// <param name="Role">Who may; null for everybody.</param>
internal sealed partial record MappedRoute(string Method, string Path, Role? Role, ErrorShape Shape)
{
    private TemplateMatcher? _matcher;

    /// <summary>As OpenAPI writes it: <c>/runs/{id}/metrics/{name}</c>.</summary>
    public string Template => Parameter().Replace(Path, "{$1}");

    /// <summary>Whether a request's path is one of the route's.</summary>
    public bool Matches(PathString path) => (_matcher ??= new TemplateMatcher(TemplateParser.Parse(Path), [])).TryMatch(path, []);

    public IEnumerable<string> Parameters => Parameter().Matches(Path).Select(m => m.Groups[1].Value);

    [GeneratedRegex(@"\{\**(\w+)[^}]*\}")]
    private static partial Regex Parameter();
}
