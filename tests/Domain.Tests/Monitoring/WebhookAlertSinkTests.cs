using System.Net;
using System.Text.Json;
using MlOps.Domain.Monitoring;

namespace MlOps.Domain.Tests.Monitoring;

public sealed class WebhookAlertSinkTests
{
    private static readonly Alert Sample = new(
        "alert-1", "churn", ReportKind.Drift, new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), "2 of 5 columns drifted", "drift-churn-1", 3, 0.4, 0.3, ["a", "b"]);

    private static readonly MonitorPolicy Policy = new() { Model = "churn", Webhook = new Uri("https://hooks.example/secret-path") };

    [Fact]
    public async Task Send_Alert_PostsTheDocumentedJsonUnderItsId()
    {
        var http = new Answering(HttpStatusCode.NoContent);

        await new WebhookAlertSink(new HttpClient(http)).SendAsync(Sample, Policy, default);

        Assert.Equal((HttpMethod.Post, Policy.Webhook, "alert-1"), (http.Method, http.Url, http.Key));
        using var json = JsonDocument.Parse(http.Body!);
        Assert.Equal("drift", json.RootElement.GetProperty("kind").GetString());
        Assert.Equal("2026-01-02T03:04:05+00:00", json.RootElement.GetProperty("at").GetString());
        Assert.Equal(["id", "model", "kind", "at", "message", "reportId", "version", "value", "limit", "drifted"], json.RootElement.EnumerateObject().Select(p => p.Name));
    }

    [Theory]
    [InlineData(HttpStatusCode.InternalServerError, ErrorKind.Unavailable)]
    [InlineData(HttpStatusCode.TooManyRequests, ErrorKind.Unavailable)]
    [InlineData(HttpStatusCode.NotFound, ErrorKind.Invalid)]
    public async Task Send_Refused_IsWorthAnotherAttemptOrNotAndKeepsThePathSecret(HttpStatusCode status, ErrorKind kind)
    {
        var sink = new WebhookAlertSink(new HttpClient(new Answering(status)));

        var error = await Assert.ThrowsAsync<MlOpsException>(() => sink.SendAsync(Sample, Policy, default));

        Assert.Equal(kind, error.Kind);
        Assert.Contains($"hooks.example answered {(int)status}", error.Message);
        Assert.DoesNotContain("secret", error.Message);
    }

    [Fact]
    public async Task Send_NobodyThere_IsWorthAnotherAttempt()
    {
        var sink = new WebhookAlertSink(new HttpClient(new Answering(null)));

        var error = await Assert.ThrowsAsync<MlOpsException>(() => sink.SendAsync(Sample, Policy, default));

        Assert.Equal((ErrorKind.Unavailable, "webhook-unreachable"), (error.Kind, error.Code));
    }

    [Fact]
    public void Wants_PolicyWithoutWebhook_IsNo()
    {
        using var http = new HttpClient();
        Assert.False(new WebhookAlertSink(http).Wants(new MonitorPolicy { Model = "churn" }));
    }

    private sealed class Answering(HttpStatusCode? status) : HttpMessageHandler
    {
        public HttpMethod? Method { get; private set; }

        public Uri? Url { get; private set; }

        public string? Key { get; private set; }

        public string? Body { get; private set; }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            (Method, Url, Key) = (request.Method, request.RequestUri, request.Headers.GetValues("Idempotency-Key").Single());
            Body = await request.Content!.ReadAsStringAsync(cancellationToken);
            return new HttpResponseMessage(status ?? throw new HttpRequestException("connection refused"));
        }
    }
}
