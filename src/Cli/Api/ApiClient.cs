using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using MlOps.Domain.Workflows;

namespace MlOps.Cli.Api;

/// <summary>Talks to `/api/v1` of a server, whichever way it is reached; its errors come back as the exceptions the server threw.</summary>
internal sealed class ApiClient(HttpClient http, DirectoryConnection? directory = null) : IAsyncDisposable
{
    public Uri BaseAddress => http.BaseAddress!;

    /// <summary>For the other protocols that the server speaks.</summary>
    public HttpClient Http => http;

    /// <summary>True when the server lives in this process, for the length of the command.</summary>
    public bool IsOwnServer => directory is { IsOwn: true };

    public async Task<T> GetAsync<T>(string path, CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = await SendAsync(new HttpRequestMessage(HttpMethod.Get, path), HttpCompletionOption.ResponseContentRead, cancellationToken);
        return await ReadAsync<T>(response, cancellationToken);
    }

    /// <summary>Every item of a paged list.</summary>
    public async Task<IReadOnlyList<T>> ListAsync<T>(string path, CancellationToken cancellationToken)
    {
        var items = new List<T>();
        string? next = null;
        do
        {
            string separator = path.Contains('?') ? "&" : "?";
            Page<T> page = await GetAsync<Page<T>>(next is null ? path : $"{path}{separator}next={Uri.EscapeDataString(next)}", cancellationToken);
            items.AddRange(page.Items);
            next = page.Next;
        }
        while (next is not null);
        return items;
    }

    /// <param name="key">Makes a repeated call the same one, where the route knows keys; null for none.</param>
    public Task<T> PostAsync<T>(string path, object? body, CancellationToken cancellationToken, string? key = null)
    {
        JsonContent content = JsonContent.Create(body ?? new { }, options: WorkflowJson.Options);
        return SendAsync<T>(HttpMethod.Post, path, content, cancellationToken, key);
    }

    public Task<T> PutAsync<T>(string path, object body, CancellationToken cancellationToken) =>
        SendAsync<T>(HttpMethod.Put, path, JsonContent.Create(body, options: WorkflowJson.Options), cancellationToken);

    public Task<T> PatchAsync<T>(string path, object body, CancellationToken cancellationToken) =>
        SendAsync<T>(HttpMethod.Patch, path, JsonContent.Create(body, options: WorkflowJson.Options), cancellationToken);

    public async Task<T> SendAsync<T>(HttpMethod method, string path, HttpContent? content, CancellationToken cancellationToken, string? key = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        if (key is not null)
            request.Headers.TryAddWithoutValidation("idempotency-key", key);
        using HttpResponseMessage response = await SendAsync(request, HttpCompletionOption.ResponseContentRead, cancellationToken);
        return await ReadAsync<T>(response, cancellationToken);
    }

    public async Task DeleteAsync(string path, CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = await SendAsync(new HttpRequestMessage(HttpMethod.Delete, path), HttpCompletionOption.ResponseContentRead, cancellationToken);
    }

    public async Task DownloadAsync(string path, Stream destination, CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = await SendAsync(new HttpRequestMessage(HttpMethod.Get, path), HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        try
        {
            await response.Content.CopyToAsync(destination, cancellationToken);
        }
        catch (HttpRequestException e)
        {
            throw Away(HttpMethod.Get, e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        if (directory is not null)
            await directory.DisposeAsync();
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, HttpCompletionOption completion, CancellationToken cancellationToken)
    {
        HttpResponseMessage response;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, directory?.Lost ?? CancellationToken.None);
        try
        {
            response = await http.SendAsync(request, completion, either.Token);
        }
        catch (OperationCanceledException) when (directory is { Lost.IsCancellationRequested: true })
        {
            directory.CheckHeld();
            throw;
        }
        catch (HttpRequestException e)
        {
            throw Away(request.Method, e);
        }

        if (response.IsSuccessStatusCode)
            return response;
        using (response)
            throw await ProblemAsync(response, cancellationToken);
    }

    private MlOpsException Away(HttpMethod method, HttpRequestException e)
    {
        string advice = method == HttpMethod.Get || e.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError
            ? "is the server running there?"
            : "what was asked may have been done: look before you repeat it";
        return new MlOpsException(ErrorKind.Unavailable, "server-away", $"no answer from {BaseAddress}: {e.Message}; {advice}", e);
    }

    private static async Task<T> ReadAsync<T>(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            return await response.Content.ReadFromJsonAsync<T>(WorkflowJson.Options, cancellationToken) ?? throw new JsonException("it is null");
        }
        catch (JsonException e)
        {
            throw new MlOpsException(
                ErrorKind.Unavailable, "server-answer", $"{response.RequestMessage?.RequestUri} did not answer as an MlOps server of this version does ({e.Message}); is the address right?", e);
        }
    }

    private static async Task<MlOpsException> ProblemAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        string body = await response.Content.ReadAsStringAsync(cancellationToken);
        Problem? problem = null;
        try
        {
            problem = JsonSerializer.Deserialize<Problem>(body, WorkflowJson.Options);
        }
        catch (JsonException)
        {
            // Not one of our servers, or a proxy before it: the status says what there is to say.
        }

        string message = problem?.Detail ?? $"{response.RequestMessage?.RequestUri} answered {(int)response.StatusCode} {response.ReasonPhrase}";
        return new MlOpsException(KindOf(response.StatusCode), problem?.Code ?? "http-" + (int)response.StatusCode, message);
    }

    private static ErrorKind KindOf(HttpStatusCode status) => status switch
    {
        HttpStatusCode.NotFound => ErrorKind.NotFound,
        HttpStatusCode.Conflict => ErrorKind.Conflict,
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => ErrorKind.Refused,
        HttpStatusCode.RequestEntityTooLarge => ErrorKind.TooLarge,
        HttpStatusCode.InternalServerError => ErrorKind.Failed,
        > HttpStatusCode.InternalServerError => ErrorKind.Unavailable,
        _ => ErrorKind.Invalid,
    };

    private sealed record Problem(string? Code, string? Detail);

    private sealed record Page<T>(IReadOnlyList<T> Items, string? Next);
}
