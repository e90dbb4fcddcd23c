using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.AspNetCore.Routing;
using MlOps.Domain.Access;
using MlOps.Domain.Serving;
using MlOps.Domain.Storage;
using MlOps.Domain.Workflows;

namespace MlOps.Api.Http;

/// <summary>A request as handlers see it: parts of the path, the query, a JSON body, who is asking; and the ways to answer.</summary>
/// <param name="at">The timestamp at which it came.</param>
internal sealed class ApiCall(HttpContext http, ApiOptions options, long at)
{
    private Principal? _principal;
    private CancellationToken? _aborted;

    public ApiOptions Options => options;

    public HttpContext Http => http;

    /// <summary>The timestamp at which it came: now, for who has waited for nothing.</summary>
    public long At => at;

    /// <inheritdoc cref="OrdinaryHeaders.Only"/>
    public bool IsOrdinary { get; } = OrdinaryHeaders.Only(http.Request.Headers);

    /// <summary>Asked for once: Kestrel takes a lock for it each time.</summary>
    public CancellationToken Aborted => _aborted ??= http.RequestAborted;

    /// <summary>Who changes something, for events and reasons.</summary>
    public string By => _principal?.Name ?? "anonymous";

    public string RequestId => http.TraceIdentifier;

    /// <summary>What was asked of a model, once that was tried.</summary>
    public PredictionCall? Asked { get; set; }

    /// <summary>Whose request it is, once that is known.</summary>
    public void Identified(Principal principal) => _principal = principal;

    /// <summary>Called before what may wait, or calculates for long (<see cref="ISharedThread"/>).</summary>
    public Task LeaveSharedThreadAsync() => http.Features.Get<ISharedThread>()?.LeaveAsync() ?? Task.CompletedTask;

    /// <summary>Whether the caller may do what a role may.</summary>
    public bool MayActAs(Role role) => _principal?.MayActAs(role) == true;

    /// <summary>A part of the path, decoded.</summary>
    public string Path(string name) => (string?)http.GetRouteValue(name) ?? "";

    /// <summary>A query parameter, or null when it is absent or empty.</summary>
    public string? Query(string name) => http.Request.QueryString.HasValue && http.Request.Query[name].ToString() is { Length: > 0 } value ? value : null;

    /// <summary>Each value of a query parameter that may be repeated; those that are empty are left out.</summary>
    public IReadOnlyList<string> QueryList(string name) => http.Request.QueryString.HasValue ? [.. http.Request.Query[name].Where(v => !string.IsNullOrEmpty(v))!] : [];

    /// <exception cref="MlOpsException">Invalid <c>query-invalid</c>.</exception>
    public int? QueryNumber(string name, int min, int max)
    {
        if (Query(name) is not { } text)
            return null;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value >= min && value <= max
            ? value
            : throw MlOpsException.Invalid("query-invalid", $"the query parameter '{name}' is '{text}', expected a whole number from {min} to {max}");
    }

    /// <exception cref="MlOpsException">Invalid <c>query-invalid</c>.</exception>
    public bool QueryFlag(string name) => Query(name) switch
    {
        null or "false" or "0" => false,
        "true" or "1" => true,
        { } text => throw MlOpsException.Invalid("query-invalid", $"the query parameter '{name}' is '{text}', expected true or false"),
    };

    /// <summary>The body as JSON; unknown and missing fields are errors.</summary>
    /// <exception cref="MlOpsException">Invalid <c>json-invalid</c>.</exception>
    public Task<T> ReadAsync<T>() => JsonRequest.ReadAsync<T>(http.Request.Body, Aborted);

    /// <summary>As <see cref="ReadAsync{T}"/>, or null when there is no body.</summary>
    public async Task<T?> ReadOptionalAsync<T>()
        where T : class => http.Request.ContentLength == 0 || !HasBody() ? null : await ReadAsync<T>();

    public Task JsonAsync<T>(T value, int status = StatusCodes.Status200OK)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json; charset=utf-8";
        return JsonSerializer.SerializeAsync(http.Response.Body, value, WorkflowJson.Options, Aborted);
    }

    public Task ListAsync<T>(IReadOnlyList<T> items, string? next = null, int? total = null) => JsonAsync(new ListAnswer<T>(items, next, total));

    public Task TextAsync(string text)
    {
        Http.Response.ContentType = "text/plain; charset=utf-8";
        return Http.Response.WriteAsync(text, Aborted);
    }

    public Task NothingAsync()
    {
        http.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    /// <summary>As <see cref="FileAsync(Stream, string, string)"/>, or where to get it: the caller's token does not go there, the link has its own.</summary>
    public Task FileAsync(Download file, string name)
    {
        if (file.Content is { } content)
            return FileAsync(content, name);
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Redirect(file.Link!.AbsoluteUri);
        return Task.CompletedTask;
    }

    /// <summary>
    /// A file, or the one range of it that is asked for, to be saved and never shown by a browser: what users uploaded must not run as a page of
    /// ours.
    /// </summary>
    public async Task FileAsync(Stream content, string name, string contentType = "application/octet-stream")
    {
        await using (content)
        {
            http.Response.ContentType = contentType;
            http.Response.Headers.ContentDisposition = $"attachment; filename*=UTF-8''{Uri.EscapeDataString(name)}";
            http.Response.Headers.XContentTypeOptions = "nosniff";
            if (content.CanSeek && ByteRange.Of(http.Request, content.Length) is { } range)
            {
                await PartAsync(content, range);
                return;
            }

            http.Response.ContentLength ??= content.CanSeek ? content.Length : null;
            // The server would leave out what was read and written for nothing.
            if (!HttpMethods.IsHead(http.Request.Method))
                await content.CopyToAsync(http.Response.Body, Aborted);
        }
    }

    private async Task PartAsync(Stream content, ByteRange range)
    {
        (http.Response.StatusCode, http.Response.ContentLength) = (range.Length > 0 ? StatusCodes.Status206PartialContent : StatusCodes.Status416RangeNotSatisfiable, range.Length);
        http.Response.Headers.ContentRange = range.Length > 0 ? $"bytes {range.From}-{range.From + range.Length - 1}/{content.Length}" : $"bytes */{content.Length}";
        content.Position = range.From;
        await StreamCopyOperation.CopyToAsync(content, http.Response.Body, range.Length, Aborted);
    }

    private bool HasBody() => http.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestBodyDetectionFeature>()?.CanHaveBody ?? true;
}

/// <summary>A list, or a page of one; pass <paramref name="Next"/> back as <c>?next=</c> for what follows.</summary>
/// <param name="Total">How many there are on all pages, where that was asked for.</param>
public sealed record ListAnswer<T>(IReadOnlyList<T> Items, string? Next = null, int? Total = null);
