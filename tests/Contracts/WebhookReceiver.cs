using System.Collections.Concurrent;
using System.Collections.Specialized;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;

namespace MlOps.Contracts;

/// <summary>Somebody who is told: a real HTTP server on a free port of 127.0.0.1 that keeps what it gets and answers as a test wants.</summary>
public sealed class WebhookReceiver : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Channel<ReceivedWebhook> _received = Channel.CreateUnbounded<ReceivedWebhook>();
    private readonly ConcurrentQueue<(int Status, string Body, string? RetryAfter, string? Location)> _answers = new();
    private readonly Task _serving;
    private TaskCompletionSource _held = Done();
    private int _count;

    /// <param name="port">Null for a free one.</param>
    public WebhookReceiver(int? port = null)
    {
        Port = port ?? FreePort();
        _listener.Prefixes.Add($"http://127.0.0.1:{Port}/");
        _listener.Start();
        _serving = ServeAsync();
    }

    public int Port { get; }

    public string Url => $"http://127.0.0.1:{Port}/hook";

    public int Count => Volatile.Read(ref _count);

    /// <summary>A port at which nobody listens, nor comes to: none of those that systems choose themselves, for the many sockets of other tests.</summary>
    public static int FreePort()
    {
        while (true)
        {
            int port = Random.Shared.Next(20_000, 30_000);
            try
            {
                using var probe = new TcpListener(IPAddress.Loopback, port);
                probe.Start();
                return port;
            }
            catch (SocketException)
            {
                // Somebody has it.
            }
        }
    }

    /// <summary>What the next request is answered; without any, 200.</summary>
    public void Answer(int status, string body = "", string? retryAfter = null, string? location = null) => _answers.Enqueue((status, body, retryAfter, location));

    /// <summary>Requests from now on come in and wait for their answer until <see cref="Release"/>.</summary>
    public void Hold() => _held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Release() => _held.TrySetResult();

    /// <summary>The next request that was not asked for before, once it is there.</summary>
    public async Task<ReceivedWebhook> NextAsync() => await _received.Reader.ReadAsync().AsTask().WaitAsync(Eventually.Patience);

    public async ValueTask DisposeAsync()
    {
        Release();
        _listener.Close();
        await _serving;
    }

    private static TaskCompletionSource Done()
    {
        var done = new TaskCompletionSource();
        done.SetResult();
        return done;
    }

    private void Note(ReceivedWebhook received)
    {
        Interlocked.Increment(ref _count);
        _received.Writer.TryWrite(received);
    }

    private async Task ServeAsync()
    {
        while (true)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            using var body = new MemoryStream();
            await context.Request.InputStream.CopyToAsync(body);
            (int status, string text, string? retryAfter, string? location) = _answers.TryDequeue(out var answer) ? answer : (200, "", null, null);
            var received = new ReceivedWebhook(context.Request.HttpMethod, context.Request.Headers, body.ToArray());
            context.Response.StatusCode = status;
            if (retryAfter is not null)
                context.Response.Headers["Retry-After"] = retryAfter;
            if (location is not null)
                context.Response.Headers["Location"] = location;
            bool holds = !_held.Task.IsCompleted;
            if (holds)
                Note(received);
            await _held.Task;
            try
            {
                context.Response.Close(Encoding.UTF8.GetBytes(text), willBlock: true);
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or IOException)
            {
                // Whoever asked is gone.
            }

            if (!holds)
                Note(received);
        }
    }
}

/// <summary>What a receiver got.</summary>
public sealed record ReceivedWebhook(string Method, NameValueCollection Headers, byte[] Body)
{
    public JsonElement Json => JsonSerializer.Deserialize<JsonElement>(Body);

    /// <summary><c>model_version.created</c>.</summary>
    public string Event => $"{Json.GetProperty("entity")}.{Json.GetProperty("action")}";

    public string Data => Json.GetProperty("data").GetRawText();

    public string DeliveryId => Headers["X-MLflow-Delivery-Id"]!;

    /// <summary>Whether it is signed as MLflow's documentation has receivers check it.</summary>
    public bool IsSignedWith(string secret)
    {
        using var hmac = new HMACSHA256(Encoding.UTF8.GetBytes(secret));
        byte[] expected = hmac.ComputeHash(Encoding.UTF8.GetBytes($"{DeliveryId}.{Headers["X-MLflow-Timestamp"]}.{Encoding.UTF8.GetString(Body)}"));
        return Headers["X-MLflow-Signature"] is { } given && given.Split(',', 2) is ["v1", var signature]
            && CryptographicOperations.FixedTimeEquals(expected, Convert.FromBase64String(signature));
    }
}
