using System.Net;
using System.Net.Http.Headers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace MlOps.Cli.Moving;

/// <summary>
/// Calls of MLflow's REST API, of any server that speaks it. What failed for reasons that pass (429, 502, 503, 504, no connection) is asked
/// again, unless it might make a thing twice.
/// </summary>
internal sealed class MlflowRest(HttpClient http, string name)
{
    private const int Attempts = 5;
    private const string Mlflow = "api/2.0/mlflow/";
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private long _toldAt;

    public string Name => name;

    /// <summary>What the server's clock showed when it answered last, to the second; null before, or where it does not tell.</summary>
    public DateTimeOffset? ServerTime => Volatile.Read(ref _toldAt) is > 0 and var ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;

    /// <param name="query">Names and values; those that are null are left out.</param>
    public async Task<JsonElement> GetAsync(string call, IEnumerable<(string Name, string? Value)> query, CancellationToken cancellationToken)
    {
        string text = string.Join('&', query.Where(q => q.Value is not null).Select(q => $"{q.Name}={Uri.EscapeDataString(q.Value!)}"));
        using HttpResponseMessage response = await SendAsync(() => new HttpRequestMessage(HttpMethod.Get, $"{Path(call)}?{text}"), HttpCompletionOption.ResponseContentRead, Attempts, cancellationToken);
        return await ReadAsync(response, cancellationToken);
    }

    /// <param name="body">Its members in snake case.</param>
    /// <param name="isSafe">Doing it twice is as doing it once.</param>
    public Task<JsonElement> PostAsync(string call, object body, CancellationToken cancellationToken, bool isSafe = true) =>
        SendAsync(HttpMethod.Post, call, body, isSafe, cancellationToken);

    /// <inheritdoc cref="PostAsync"/>
    public Task<JsonElement> PatchAsync(string call, object body, CancellationToken cancellationToken) => SendAsync(HttpMethod.Patch, call, body, true, cancellationToken);

    /// <inheritdoc cref="PostAsync"/>
    public Task<JsonElement> DeleteAsync(string call, object body, CancellationToken cancellationToken) => SendAsync(HttpMethod.Delete, call, body, true, cancellationToken);

    /// <summary>The content below a path of the server.</summary>
    public async Task<MovedContent> OpenAsync(string path, CancellationToken cancellationToken)
    {
        HttpResponseMessage response = await SendAsync(() => new HttpRequestMessage(HttpMethod.Get, path), HttpCompletionOption.ResponseHeadersRead, Attempts, cancellationToken);
        return new MovedContent(await response.Content.ReadAsStreamAsync(cancellationToken), response.Content.Headers.ContentLength);
    }

    /// <summary>With a Content-Length, never in chunks: MLflow 3 keeps an empty file of a body without one, and answers 200.</summary>
    public async Task PutAsync(string path, MovedContent content, CancellationToken cancellationToken)
    {
        await using MovedContent measured = await content.MeasuredAsync(cancellationToken);
        using HttpResponseMessage response = await SendAsync(
            () => new HttpRequestMessage(HttpMethod.Put, path) { Content = Body(measured) }, HttpCompletionOption.ResponseContentRead, 1, cancellationToken);
    }

    /// <summary>Every item of a paged list.</summary>
    /// <param name="page">Asks for the page of a token, null for the first.</param>
    public static async IAsyncEnumerable<JsonElement> PagesAsync(string list, Func<string?, Task<JsonElement>> page)
    {
        string? token = null;
        do
        {
            JsonElement answer = await page(token);
            foreach (JsonElement item in answer.Items(list))
                yield return item;
            // A token that comes back would be asked for ever.
            string? next = answer.Text("next_page_token") is { Length: > 0 } text ? text : null;
            token = next == token ? null : next;
        }
        while (token is not null);
    }

    /// <summary>Parts of a path, each made safe for a URL.</summary>
    public static string Escape(string path) => string.Join('/', path.Split('/').Select(Uri.EscapeDataString));

    private async Task<JsonElement> SendAsync(HttpMethod method, string call, object body, bool isSafe, CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = await SendAsync(
            () => new HttpRequestMessage(method, Path(call)) { Content = Body(body) }, HttpCompletionOption.ResponseContentRead, isSafe ? Attempts : 1, cancellationToken);
        return await ReadAsync(response, cancellationToken);
    }

    /// <summary>Of version 2.0, or as it is told whole: <c>api/3.0/mlflow/...</c>.</summary>
    private static string Path(string call) => call.StartsWith("api/", StringComparison.Ordinal) ? call : Mlflow + call;

    /// <summary>With its length, too: servers behind some gateways read nothing of a body in chunks.</summary>
    private static ByteArrayContent Body(object body) => new(JsonSerializer.SerializeToUtf8Bytes(body, Json)) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };

    private static StreamContent Body(MovedContent content)
    {
        var body = new StreamContent(content.Stream);
        body.Headers.ContentLength = content.Length;
        return body;
    }

    private async Task<HttpResponseMessage> SendAsync(Func<HttpRequestMessage> request, HttpCompletionOption option, int attempts, CancellationToken cancellationToken)
    {
        TimeSpan pause = FirstPause;
        for (int attempt = 1; ; attempt++, pause *= 2)
        {
            MlOpsException error;
            using (HttpRequestMessage message = request())
            {
                try
                {
                    HttpResponseMessage response = await http.SendAsync(message, option, cancellationToken);
                    Volatile.Write(ref _toldAt, response.Headers.Date?.UtcTicks ?? 0);
                    if (response.IsSuccessStatusCode)
                        return response;
                    using (response)
                        error = await ErrorAsync(response, cancellationToken);
                }
                catch (HttpRequestException e)
                {
                    error = new MlOpsException(ErrorKind.Unavailable, "mlflow-away", $"no answer from {name}: {e.Message}", e);
                }
            }

            if (error.Kind != ErrorKind.Unavailable || attempt >= attempts)
                throw error;
            await Task.Delay(pause, cancellationToken);
        }
    }

    private async Task<JsonElement> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            await using Stream content = await response.Content.ReadAsStreamAsync(cancellationToken);
            using JsonDocument json = await JsonDocument.ParseAsync(content, cancellationToken: cancellationToken);
            return json.RootElement.ValueKind == JsonValueKind.Object ? json.RootElement.Clone() : throw new JsonException("it is no object");
        }
        catch (JsonException e)
        {
            throw new MlOpsException(ErrorKind.Invalid, "mlflow-answer", $"{name} did not answer as an MLflow server does ({e.Message}); is the address right?", e);
        }
    }

    private async Task<MlOpsException> ErrorAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        string body = await response.Content.ReadAsStringAsync(cancellationToken);
        (string code, string message) = Told(body);
        string path = response.RequestMessage?.RequestUri?.AbsolutePath ?? "";
        ErrorKind kind = response.StatusCode switch
        {
            HttpStatusCode.NotFound => ErrorKind.NotFound,
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => ErrorKind.Refused,
            HttpStatusCode.Conflict => ErrorKind.Conflict,
            HttpStatusCode.RequestEntityTooLarge => ErrorKind.TooLarge,
            HttpStatusCode.TooManyRequests or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout => ErrorKind.Unavailable,
            _ => ErrorKind.Invalid,
        };
        return new MlOpsException(kind, code.Length > 0 ? code : "mlflow-" + (int)response.StatusCode, $"{name} answered {(int)response.StatusCode} to {path}{(message.Length > 0 ? ": " + message : "")}");
    }

    /// <summary>A proxy before the server does not answer as it would.</summary>
    private static (string Code, string Message) Told(string body)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(body);
            return json.RootElement.ValueKind == JsonValueKind.Object ? (json.RootElement.Text("error_code") ?? "", json.RootElement.Text("message") ?? "") : ("", "");
        }
        catch (JsonException)
        {
            return ("", "");
        }
    }
}
