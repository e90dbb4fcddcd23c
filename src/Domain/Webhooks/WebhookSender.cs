using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;

namespace MlOps.Domain.Webhooks;

/// <summary>One attempt: a POST with MLflow's headers, signed where the webhook has a secret (<c>mlflow/webhooks/delivery.py</c>).</summary>
internal sealed class WebhookSender(WebhookTable webhooks, WebhookTarget target, TimeProvider time) : IDisposable
{
    /// <summary>For one attempt, from the look-up of the name to the answer.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    private const int AnswerChars = 4_096;

    private readonly HttpClient _http = target.CreateClient();

    /// <summary>What came of it; throws only when cancelled.</summary>
    /// <param name="reads">Whether the answer's body is wanted. The status alone decides: it counts even if the body stalls or breaks off.</param>
    public async Task<WebhookAnswer> PostAsync(WebhookRow webhook, string deliveryId, byte[] body, CancellationToken cancellationToken, bool reads = false)
    {
        try
        {
            return await AttemptAsync(webhook, deliveryId, body, reads, cancellationToken);
        }
        finally
        {
            // The answer may have come on the thread that waits for all sockets of the process: what follows belongs on another.
            await Task.Yield();
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<WebhookAnswer> AttemptAsync(WebhookRow webhook, string deliveryId, byte[] body, bool reads, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            using HttpRequestMessage request = Request(webhook, deliveryId, body);
            using HttpResponseMessage response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            string? said = reads ? await TextAsync(response, either.Token) : null;
            cancellationToken.ThrowIfCancellationRequested();
            return new WebhookAnswer((int)response.StatusCode, said, null) { RetryAfter = After(response.Headers.RetryAfter) };
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new WebhookAnswer(null, null, $"no answer within {Timeout.TotalSeconds:0} s");
        }
        catch (Exception e) when (Refusal(e) is { } refused)
        {
            return new WebhookAnswer(null, null, refused.Message) { IsRefused = true };
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return new WebhookAnswer(null, null, e.Message);
        }
    }

    /// <summary><c>v1,</c> and the Base64 of HMAC-SHA256 over <c>id.timestamp.body</c>.</summary>
    private static string Signature(string secret, string deliveryId, string timestamp, byte[] body)
    {
        byte[] content = [.. Encoding.UTF8.GetBytes($"{deliveryId}.{timestamp}."), .. body];
        return "v1," + Convert.ToBase64String(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), content));
    }

    private HttpRequestMessage Request(WebhookRow webhook, string deliveryId, byte[] body)
    {
        string timestamp = time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var request = new HttpRequestMessage(HttpMethod.Post, target.Parse(webhook.Webhook.Url)) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add("X-MLflow-Delivery-Id", deliveryId);
        request.Headers.Add("X-MLflow-Timestamp", timestamp);
        if (webhooks.SecretOf(webhook) is { } secret)
            request.Headers.Add("X-MLflow-Signature", Signature(secret, deliveryId, timestamp, body));
        return request;
    }

    private TimeSpan? After(RetryConditionHeaderValue? header) => header?.Delta ?? (header?.Date is { } date ? date - time.GetUtcNow() : null);

    /// <summary>What this server itself refuses: an address, a lost key. A name that is not found now may be found later.</summary>
    private static MlOpsException? Refusal(Exception e)
    {
        for (Exception? at = e; at is not null; at = at.InnerException)
        {
            if (at is MlOpsException { Code: not "webhook-host" } refused)
                return refused;
        }

        return null;
    }

    /// <summary>The first characters of the answer, as far as they come; the rest is not read.</summary>
    private static async Task<string> TextAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        char[] text = new char[AnswerChars];
        int length = 0;
        try
        {
            using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken), Encoding.UTF8);
            while (length < text.Length && await reader.ReadAsync(text.AsMemory(length), cancellationToken) is > 0 and var more)
                length += more;
        }
        catch (Exception e) when (e is OperationCanceledException or HttpRequestException or IOException)
        {
            // What came before is shown.
        }

        return new string(text, 0, length);
    }
}

/// <summary>What came of an attempt.</summary>
/// <param name="Status">Null: no answer.</param>
/// <param name="Error">Why there is none.</param>
internal sealed record WebhookAnswer(int? Status, string? Body, string? Error)
{
    /// <summary>The receiver's wish.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>This server did not ask: by its settings it may not, or cannot sign.</summary>
    public bool IsRefused { get; init; }

    public bool IsDelivered => Status is >= 200 and < 300;

    /// <summary>As MLflow does: 429 and the answers of a server in trouble; and no answer at all.</summary>
    public bool IsWorthAnother => Status is null or 408 or 429 or 500 or 502 or 503 or 504;

    public string Said => Status is { } status ? $"it answered {status}" : Error!;
}
