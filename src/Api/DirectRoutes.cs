using Microsoft.AspNetCore.Http;

namespace MlOps.Api;

/// <summary>
/// The requests for predictions that their path alone names, with what answers them: a host may ask here before its routing, which takes
/// a good part of the time of such a request. Whichever way they come, they are answered alike.
/// </summary>
public sealed class DirectRoutes
{
    private readonly Dictionary<string, RequestDelegate> _posts = new(StringComparer.Ordinal);

    /// <summary>What answers a request; null for one that routing has to look at.</summary>
    /// <param name="path">As it was decoded. A spelling of it that routing takes for the same (case, a slash at the end) is left to routing.</param>
    public RequestDelegate? Find(string method, string path) => HttpMethods.IsPost(method) ? _posts.GetValueOrDefault(path) : null;

    internal void Add(string path, RequestDelegate handler) => _posts.Add(path, handler);
}
