using System.Net;
using System.Text.Json;
using MlOps.Domain.Monitoring;

namespace MlOps.Domain.Tests.Monitoring;

public sealed class WebhookAlertSinkTests
{
    private static readonly Alert Sample = new(
        "alert-1", "churn", ReportKind.Drift, new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), "2 of 5 columns drifted", "drift-churn-1", 3, 0.4, 0.3, ["a", "b"]);

    private static readonly MonitorPolicy Policy = new() { Model = "churn", Webhook = new Uri("https://hooks.example/secret-path") };

    private static readonly MonitorPolicy SecretPolicy = new() { Model = "churn", Webhook = new Uri("secret:chat") };

    [Fact]
    public async Task Send_Alert_PostsTheDocumentedJsonUnderItsId()
    {
        var http = new Answering(HttpStatusCode.NoContent);

        await Sink(http).SendAsync(Sample, Policy, default);

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
        var sink = Sink(new Answering(status));

        var error = await Assert.ThrowsAsync<MlOpsException>(() => sink.SendAsync(Sample, Policy, default));

        Assert.Equal(kind, error.Kind);
        Assert.Contains($"hooks.example answered {(int)status}", error.Message);
        Assert.DoesNotContain("secret", error.Message);
    }

    [Fact]
    public async Task Send_NobodyThere_IsWorthAnotherAttempt()
    {
        var sink = Sink(new Answering(null));

        var error = await Assert.ThrowsAsync<MlOpsException>(() => sink.SendAsync(Sample, Policy, default));

        Assert.Equal((ErrorKind.Unavailable, "webhook-unreachable"), (error.Kind, error.Code));
    }

    [Fact]
    public void Wants_PolicyWithoutWebhook_IsNo()
    {
        Assert.False(Sink(new Answering(null)).Wants(new MonitorPolicy { Model = "churn" }));
    }

    [Fact]
    public async Task Send_ToASecret_PostsToWhatTheSettingHoldsNow()
    {
        var http = new Answering(HttpStatusCode.NoContent);
        var settings = new Dictionary<string, string> { ["MLOPS_SECRET_CHAT"] = "https://hooks.example/first" };
        WebhookAlertSink sink = Sink(http, settings);

        await sink.SendAsync(Sample, SecretPolicy, default);
        settings["MLOPS_SECRET_CHAT"] = "https://hooks.example/second";
        await sink.SendAsync(Sample, SecretPolicy, default);

        Assert.Equal("https://hooks.example/second", http.Url!.OriginalString);
    }

    [Theory]
    [InlineData(null, "this server has no setting MLOPS_SECRET_CHAT")]
    [InlineData("@Microsoft.KeyVault(VaultName=v;SecretName=s)", "its setting MLOPS_SECRET_CHAT holds no http or https URL")]
    [InlineData("file:///etc/passwd", "its setting MLOPS_SECRET_CHAT holds no http or https URL")]
    public async Task Send_ToASecretThatIsNoUrl_SaysWhichSettingAndNotItsValue(string? value, string expected)
    {
        var settings = new Dictionary<string, string>();
        if (value is not null)
            settings["MLOPS_SECRET_CHAT"] = value;

        var error = await Assert.ThrowsAsync<MlOpsException>(() => Sink(new Answering(HttpStatusCode.OK), settings).SendAsync(Sample, SecretPolicy, default));

        Assert.Equal((ErrorKind.Invalid, "webhook-secret"), (error.Kind, error.Code));
        Assert.Contains(expected, error.Message);
        Assert.DoesNotContain(value ?? "no value", error.Message);
    }

    private static WebhookAlertSink Sink(Answering http, Dictionary<string, string>? settings = null) =>
        new(new HttpClient(http), new WebhookAddress(name => settings?.GetValueOrDefault(name)));

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
