namespace MlOps.Api.Tests.Protocols.Mlflow;

public sealed class WebUiTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mlops-ui-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Files_OfTheFolder_AreServed_AndNoOthers()
    {
        string secret = Path.Combine(_folder.FullName, "secret.txt"), build = Path.Combine(_folder.FullName, "build");
        Directory.CreateDirectory(Path.Combine(build, "static", "js"));
        await File.WriteAllTextAsync(secret, "secret");
        await File.WriteAllTextAsync(Path.Combine(build, "index.html"), "<script src=\"static-files/static/js/main.js\"></script>");
        await File.WriteAllTextAsync(Path.Combine(build, "static", "js", "main.js"), "1");
        File.CreateSymbolicLink(Path.Combine(build, "link.txt"), secret);
        Directory.CreateSymbolicLink(Path.Combine(build, "up"), _folder.FullName);
        await using ApiHost api = await ApiHost.StartAsync(options: new ApiOptions { MlflowUi = build });

        ApiAnswer page = await api.GetAsync("/"), script = await api.GetAsync("/static-files/static/js/main.js");

        Assert.Equal((200, "text/html", "<script src=\"static-files/static/js/main.js\"></script>"), (page.Status, page.ContentType, page.Body));
        Assert.Equal((200, "text/javascript", "1"), (script.Status, script.ContentType, script.Body));
        foreach (string path in (string[])["nope.js", "..%2fsecret.txt", "%2e%2e/secret.txt", "static/..%2f..%2fsecret.txt", "link.txt", "up/secret.txt", "", "static", "%2fetc%2fpasswd"])
            Assert.Equal((path, 404), (path, (await api.GetAsync("/static-files/" + path)).Status));
    }

    [Fact]
    public async Task Folder_WithoutAPage_IsRefusedAtTheStart() =>
        Assert.Equal("mlflow-ui", (await Assert.ThrowsAsync<MlOpsException>(() => ApiHost.StartAsync(options: new ApiOptions { MlflowUi = _folder.FullName }))).Code);

    [Fact]
    public async Task Root_WithoutAUi_IsNoPage()
    {
        await using ApiHost api = await ApiHost.StartAsync();

        Assert.Equal("application/json", (await api.GetAsync("/")).ContentType);
        Assert.Equal(404, (await api.GetAsync("/static-files/static/js/main.js")).Status);
    }

    [Theory]
    [InlineData("GET", "/ajax-api/2.0/mlflow/gateway-proxy?gateway_path=api%2F2.0%2Fendpoints%2F", """{"endpoints":[]}""")]
    [InlineData("GET", "/ajax-api/3.0/mlflow/gateway/endpoints/list?", "{}")]
    [InlineData("GET", "/ajax-api/3.0/mlflow/ui-telemetry", """{"disable_ui_telemetry":true,"disable_ui_events":[],"ui_rollout_percentage":0}""")]
    [InlineData("POST", "/ajax-api/3.0/mlflow/ui-telemetry", """{"status":"disabled"}""")]
    public async Task PartsThatAreNotHere_AreToldEmpty_SoThatPagesShowNoErrors(string method, string path, string body)
    {
        await using ApiHost api = await ApiHost.StartAsync();

        ApiAnswer answer = method == "GET" ? await api.GetAsync(path) : await api.PostAsync(path, "{}");

        Assert.Equal((200, "application/json", body), (answer.Status, answer.ContentType, answer.Body));
    }
}
