using System.Net.Http.Json;
using MlOps.Contracts;

namespace MlOps.Cli.Tests;

/// <summary>`mlops webhook` against a server that runs as a process, which a test can kill.</summary>
public sealed class WebhookCommandTests : IDisposable
{
    private readonly TempDirectory _folder = new();
    private Uri _address = null!;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Verbs_OfAWebhook_MakeShowTryChangeAndDeleteIt()
    {
        await using var receiver = new WebhookReceiver();
        await File.WriteAllTextAsync(_folder["secret.txt"], "s3cret-words\n");
        using CliProcess serving = await ServeAsync();

        Cli made = await RunAsync("create", "deploy", "--url", receiver.Url, "--events", "model_version.created, prompt.created", "--secret-file", _folder["secret.txt"], "--json");
        string id = (string)made.Json["id"]!;
        Cli tried = await RunAsync("test", id, "--event", "prompt.created");
        ReceivedWebhook told = await receiver.NextAsync();
        Cli changed = await RunAsync("update", id, "--name", "other", "--status", "disabled", "--json");
        receiver.Answer(400, "not you");
        Cli refused = await RunAsync("test", id);
        Cli list = await RunAsync("list");
        Cli got = await RunAsync("get", id, "--json");
        Cli gone = await RunAsync("delete", id, "--json");
        Cli missing = await RunAsync("get", id);

        Assert.True((bool)made.Json["signed"]!);
        Assert.Equal((0, "prompt.created", true), (tried.ExitCode, told.Event, told.IsSignedWith("s3cret-words")));
        Assert.Equal(("other", "disabled"), ((string)changed.Json["name"]!, (string)changed.Json["status"]!));
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("it answered 400: not you", refused.Output, StringComparison.Ordinal);
        Assert.Contains("model_version.created, prompt.created", list.Output, StringComparison.Ordinal);
        Assert.Equal(changed.Output, got.Output);
        Assert.Equal((0, 2), (gone.ExitCode, missing.ExitCode));
        Assert.DoesNotContain("s3cret", made.Output + tried.Output + changed.Output + list.Output + got.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--events", "run.created", "there is no event 'run.created': the events are registered_model.created")]
    [InlineData("--status", "gone", "active, disabled")]
    public async Task Create_WhatIsWrong_IsBadInputAndSaysWhatIsAllowed(string option, string value, string expected)
    {
        string[] events = option == "--events" ? [] : ["--events", "model_version.created"];

        Cli run = await RunAsync(["create", "deploy", "--url", "https://93.184.215.14/", .. events, option, value]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Change_WhoseReceiverIsAwayWhenTheServerIsKilled_IsToldByTheNextServer()
    {
        int port = WebhookReceiver.FreePort();
        using (CliProcess serving = await ServeAsync())
        {
            await RunAsync("create", "deploy", "--url", $"http://127.0.0.1:{port}/", "--events", "registered_model.created");
            using var http = new HttpClient { BaseAddress = _address };
            using HttpResponseMessage made = await http.PostAsJsonAsync("api/2.0/mlflow/registered-models/create", new { name = "churn" });
            Assert.True(made.IsSuccessStatusCode);
            await serving.SaysAsync("registered_model.created");
        }

        await using var receiver = new WebhookReceiver(port);
        using CliProcess next = await ServeAsync();

        Assert.Equal("""{"name":"churn","tags":{},"description":""}""", (await receiver.NextAsync()).Data);
    }

    /// <summary>Ended by SIGKILL.</summary>
    private async Task<CliProcess> ServeAsync()
    {
        CliProcess serving = CliProcess.Start(
            ["serve", "--urls", "http://127.0.0.1:0", "--data", _folder["data"]],
            settings: [("MLFLOW_WEBHOOK_ALLOWED_SCHEMES", "http,https"), ("MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS", "true")]);
        string said = await serving.SaysAsync("listening on ");
        _address = new Uri(said[said.LastIndexOf("http://", StringComparison.Ordinal)..].Trim());
        return serving;
    }

    private Task<Cli> RunAsync(params string[] args) => Cli.RunAsync(["webhook", .. args, "--data", _folder["data"]]);
}
