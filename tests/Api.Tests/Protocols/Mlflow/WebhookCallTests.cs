using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using MlOps.Contracts;
using MlOps.Domain.Access;

namespace MlOps.Api.Tests.Protocols.Mlflow;

/// <summary>MLflow's webhooks on the wire, and those of our own API: there is one list of them.</summary>
public sealed class WebhookCallTests : IAsyncLifetime
{
    private const string Secret = "s3cret-words";

    private readonly WebhookReceiver _receiver = new();
    private ApiHost _api = null!;

    public async Task InitializeAsync() => _api = await ApiHost.StartAsync(setting: name => name switch
    {
        "MLFLOW_WEBHOOK_ALLOWED_SCHEMES" => "https,http",
        "MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS" => "true",
        _ => null,
    });

    public async Task DisposeAsync()
    {
        await _api.DisposeAsync();
        await _receiver.DisposeAsync();
    }

    [Theory]
    [InlineData("/api")]
    [InlineData("/ajax-api")]
    public async Task Webhook_MadeReadChangedAndDeleted_IsAnsweredAsMlflowDoes(string prefix)
    {
        JsonElement made = (await OkAsync(HttpMethod.Post, "", Body("a-hook", more: $$""","description":"d","secret":"{{Secret}}" """), prefix)).GetProperty("webhook");
        Assert.Equal(
            ["webhook_id", "name", "description", "url", "events", "status", "creation_timestamp", "last_updated_timestamp"], made.EnumerateObject().Select(p => p.Name));
        Assert.Equal("""[{"entity":"MODEL_VERSION","action":"CREATED"}]""", made.GetProperty("events").GetRawText());
        Assert.Equal(("a-hook", "ACTIVE", "d"), (made.GetProperty("name").GetString(), made.GetProperty("status").GetString(), made.GetProperty("description").GetString()));
        string id = made.GetProperty("webhook_id").GetString()!;

        JsonElement changed = (await OkAsync(HttpMethod.Patch, $"/{id}", """{"name":"","status":"DISABLED","events":[{"entity":"PROMPT_TAG","action":"SET"}]}""", prefix)).GetProperty("webhook");
        Assert.Equal(
            ("a-hook", "DISABLED", """[{"entity":"PROMPT_TAG","action":"SET"}]"""),
            (changed.GetProperty("name").GetString(), changed.GetProperty("status").GetString(), changed.GetProperty("events").GetRawText()));
        Assert.Equal(changed.GetRawText(), (await OkAsync(HttpMethod.Get, $"/{id}", null, prefix)).GetProperty("webhook").GetRawText());

        Assert.Equal("{}", (await SendAsync(HttpMethod.Delete, $"/{id}", null, prefix)).Body);
        (await SendAsync(HttpMethod.Get, $"/{id}", null, prefix)).MlflowError(404, "RESOURCE_DOES_NOT_EXIST");
        (await SendAsync(HttpMethod.Delete, $"/{id}", null, prefix)).MlflowError(404, "RESOURCE_DOES_NOT_EXIST");
        (await SendAsync(HttpMethod.Patch, $"/{id}", "{}", prefix)).MlflowError(404, "RESOURCE_DOES_NOT_EXIST");
        (await SendAsync(HttpMethod.Post, $"/{id}/test", "{}", prefix)).MlflowError(404, "RESOURCE_DOES_NOT_EXIST");
    }

    [Fact]
    public async Task List_InPages_HasEachWebhookOnceNewestFirst()
    {
        for (int i = 0; i < 5; i++)
            await MadeAsync($"hook-{i}");

        var names = new List<string>();
        string? token = null;
        do
        {
            JsonElement page = await OkAsync(HttpMethod.Get, $"?max_results=2{(token is null ? "" : $"&page_token={Uri.EscapeDataString(token)}")}");
            names.AddRange(page.GetProperty("webhooks").EnumerateArray().Select(w => w.GetProperty("name").GetString()!));
            token = page.TryGetProperty("next_page_token", out JsonElement next) ? next.GetString() : null;
        }
        while (token is not null);

        Assert.Equal(["hook-4", "hook-3", "hook-2", "hook-1", "hook-0"], names);
        Assert.Equal(5, (await OkAsync(HttpMethod.Get, "")).GetProperty("webhooks").GetArrayLength());
        (await SendAsync(HttpMethod.Get, "?page_token=!")).MlflowError(400, "INVALID_PARAMETER_VALUE");
        (await SendAsync(HttpMethod.Get, "?max_results=1001")).MlflowError(400, "INVALID_PARAMETER_VALUE");
    }

    [Theory]
    [InlineData("""{"url":"https://127.0.0.1/","events":[{"entity":"MODEL_VERSION","action":"CREATED"}]}""", "'name'")]
    [InlineData("""{"name":"a","events":[{"entity":"MODEL_VERSION","action":"CREATED"}]}""", "'url'")]
    [InlineData("""{"name":"a","url":"https://127.0.0.1/"}""", "'events'")]
    [InlineData("""{"name":"a","url":"https://127.0.0.1/","events":[{"entity":"MODEL_VERSION"}]}""", "'events[0].action'")]
    [InlineData("""{"name":"a","url":"https://127.0.0.1/","events":[{"entity":"REGISTERED_MODEL","action":"DELETED"}]}""", "Valid actions are: ['created']")]
    [InlineData("""{"name":"-a","url":"https://127.0.0.1/","events":[{"entity":"MODEL_VERSION","action":"CREATED"}]}""", "'-a' is no name of a webhook")]
    [InlineData("""{"name":"a","url":"ftp://127.0.0.1/","events":[{"entity":"MODEL_VERSION","action":"CREATED"}]}""", "Invalid webhook URL scheme: 'ftp'")]
    [InlineData("""{"name":"a","url":"https://127.0.0.1/","status":"GONE","events":[{"entity":"MODEL_VERSION","action":"CREATED"}]}""", "expected one of ACTIVE, DISABLED")]
    public async Task Create_WhatIsWrong_IsRefusedAndSaid(string body, string expected) =>
        Assert.Contains(expected, (await SendAsync(HttpMethod.Post, "", body)).MlflowError(400, "INVALID_PARAMETER_VALUE"), StringComparison.Ordinal);

    [Fact]
    public async Task Test_OfAWebhook_SendsAnExampleAndTellsTheAnswer()
    {
        string id = await MadeAsync("hook");
        _receiver.Answer(202, "thanks");
        _receiver.Answer(418, "no");

        JsonElement first = (await OkAsync(HttpMethod.Post, $"/{id}/test", "{}")).GetProperty("result");
        ReceivedWebhook told = await _receiver.NextAsync();
        JsonElement second = (await OkAsync(HttpMethod.Post, $"/{id}/test", """{"event":{"entity":"MODEL_VERSION_ALIAS","action":"DELETED"}}""")).GetProperty("result");

        Assert.Equal("""{"success":true,"response_status":202,"response_body":"thanks"}""", first.GetRawText());
        Assert.Equal(("model_version.created", true), (told.Event, told.IsSignedWith(Secret)));
        Assert.Equal("""{"success":false,"response_status":418,"response_body":"no"}""", second.GetRawText());
        Assert.Equal("""{"name":"example_model","alias":"example_alias"}""", (await _receiver.NextAsync()).Data);
    }

    [Fact]
    public async Task Test_NobodyThere_TellsThat()
    {
        string id = (await OkAsync(HttpMethod.Post, "", Body("hook", $"http://127.0.0.1:{WebhookReceiver.FreePort()}/"))).GetProperty("webhook").GetProperty("webhook_id").GetString()!;

        JsonElement result = (await OkAsync(HttpMethod.Post, $"/{id}/test", "{}")).GetProperty("result");

        Assert.False(result.GetProperty("success").GetBoolean());
        Assert.StartsWith("Failed to test webhook: ", result.GetProperty("error_message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Change_OverEitherApi_IsToldAtOnce()
    {
        await MadeAsync("hook", """{"entity":"REGISTERED_MODEL","action":"CREATED"},{"entity":"MODEL_VERSION","action":"CREATED"},{"entity":"MODEL_VERSION_ALIAS","action":"CREATED"}""");

        await MlflowAsync("registered-models/create", """{"name":"churn"}""");
        await MlflowAsync("model-versions/create", """{"name":"churn","source":"s3://b/m"}""");
        await _api.PutAsync("/api/v1/models/churn/aliases/champion", new { version = 1 });

        ReceivedWebhook[] told = [await _receiver.NextAsync(), await _receiver.NextAsync(), await _receiver.NextAsync()];
        Assert.Equal(["registered_model.created", "model_version.created", "model_version_alias.created"], told.Select(t => t.Event));
        Assert.Equal("""{"name":"churn","alias":"champion","version":"1"}""", told[2].Data);
        Assert.All(told, t => Assert.True(t.IsSignedWith(Secret)));
    }

    [Fact]
    public async Task OwnApi_MakesShowsChangesTriesAndDeletes_TheSameWebhooks()
    {
        ApiAnswer made = await _api.PostAsync("/api/v1/webhooks", new { name = "own", url = _receiver.Url, events = new[] { "model_version.created" }, secret = Secret });
        string id = made.Json.GetProperty("id").GetString()!;
        Assert.Equal((201, true), (made.Status, made.Json.GetProperty("signed").GetBoolean()));
        Assert.Equal("own", (await OkAsync(HttpMethod.Get, $"/{id}")).GetProperty("webhook").GetProperty("name").GetString());

        var patch = new StringContent("""{"events":["model_version_tag.set"],"status":"disabled"}""", Encoding.UTF8, "application/json");
        ApiAnswer changed = await _api.SendAsync(HttpMethod.Patch, $"/api/v1/webhooks/{id}", patch);
        Assert.Equal(("""["model_version_tag.set"]""", "disabled"), (changed.Json.GetProperty("events").GetRawText(), changed.Json.GetProperty("status").GetString()));
        Assert.Equal(changed.Body, (await _api.GetAsync("/api/v1/webhooks")).Json.GetProperty("items")[0].GetRawText());
        Assert.True((await _api.PostAsync($"/api/v1/webhooks/{id}/test", new { @event = "prompt.created" })).Json.GetProperty("success").GetBoolean());
        Assert.Equal("prompt.created", (await _receiver.NextAsync()).Event);
        Assert.Equal(204, (await _api.SendAsync(HttpMethod.Delete, $"/api/v1/webhooks/{id}")).Status);
        (await _api.GetAsync($"/api/v1/webhooks/{id}")).Problem(404, "webhook-missing");
        (await _api.PostAsync("/api/v1/webhooks", new { name = "own", url = _receiver.Url, events = new[] { "run.created" } })).Problem(400, "webhook-event");
        (await _api.SendAsync(HttpMethod.Post, "/api/v1/webhooks", new StringContent($$"""{"name":"own","url":"{{_receiver.Url}}","events":[null]}""", Encoding.UTF8, "application/json"))).Problem(400, "webhook-event");
    }

    [Fact]
    public async Task Secret_OnceGiven_IsInNoAnswer()
    {
        string id = await MadeAsync("hook");
        var patch = new StringContent($$"""{"secret":"{{Secret}}"}""", Encoding.UTF8, "application/json");

        string answers = string.Concat(
            (await SendAsync(HttpMethod.Post, "", Body("again"))).Body,
            (await SendAsync(HttpMethod.Get, "")).Body,
            (await SendAsync(HttpMethod.Get, $"/{id}")).Body,
            (await SendAsync(HttpMethod.Patch, $"/{id}", $$"""{"secret":"{{Secret}}"}""")).Body,
            (await SendAsync(HttpMethod.Post, $"/{id}/test", "{}")).Body,
            (await SendAsync(HttpMethod.Patch, $"/{id}", $$"""{"secret":"{{Secret + new string('x', 1_000)}}"}""")).Body,
            (await _api.GetAsync("/api/v1/webhooks")).Body,
            (await _api.SendAsync(HttpMethod.Patch, $"/api/v1/webhooks/{id}", patch)).Body,
            (await _api.GetAsync($"/api/v1/webhooks/{id}")).Body);

        Assert.Contains("at most 1,000 are allowed", answers, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, answers, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Webhooks_OfWhoIsNoAdmin_AreRefused()
    {
        string id = await MadeAsync("hook");
        string token = await _api.Platform.Access.CreateAsync("ci", Role.Contributor, default);
        _api.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);

        foreach ((HttpMethod method, string path) in ((HttpMethod, string)[])[
            (HttpMethod.Post, ""), (HttpMethod.Get, ""), (HttpMethod.Get, $"/{id}"), (HttpMethod.Patch, $"/{id}"), (HttpMethod.Delete, $"/{id}"), (HttpMethod.Post, $"/{id}/test")])
        {
            (await SendAsync(method, path, method == HttpMethod.Get ? null : Body("b"))).MlflowError(403, "PERMISSION_DENIED");
            Assert.Equal(403, (await _api.SendAsync(method, $"/api/v1/webhooks{path}")).Status);
        }
    }

    private string Body(string name, string? url = null, string more = "", string events = """{"entity":"MODEL_VERSION","action":"CREATED"}""") =>
        $$"""{"name":"{{name}}","url":"{{url ?? _receiver.Url}}","events":[{{events}}]{{more}}}""";

    private async Task<string> MadeAsync(string name, string events = """{"entity":"MODEL_VERSION","action":"CREATED"}""") =>
        (await OkAsync(HttpMethod.Post, "", Body(name, null, $$""","secret":"{{Secret}}" """, events))).GetProperty("webhook").GetProperty("webhook_id").GetString()!;

    private async Task MlflowAsync(string path, string body)
    {
        ApiAnswer answer = await _api.PostTextAsync($"/api/2.0/mlflow/{path}", body);
        Assert.True(answer.Status == 200, answer.Body);
    }

    private Task<ApiAnswer> SendAsync(HttpMethod method, string path, string? body = null, string prefix = "/api") =>
        _api.SendAsync(method, $"{prefix}/2.0/mlflow/webhooks{path}", body is null ? null : new StringContent(body, Encoding.UTF8, MediaTypeHeaderValue.Parse("application/json")));

    private async Task<JsonElement> OkAsync(HttpMethod method, string path, string? body = null, string prefix = "/api")
    {
        ApiAnswer answer = await SendAsync(method, path, body, prefix);
        Assert.True(answer.Status == 200, answer.Body);
        return answer.Json;
    }
}
