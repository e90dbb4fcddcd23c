using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace MlOps.Architecture;

/// <summary>What decides that a deployment is good, against a server that is not always.</summary>
public sealed class SmokeTests
{
    [SkippableTheory]
    [InlineData("model=churn", 401, 200, 0)]
    [InlineData("model=churn", 200, 200, 1)]
    [InlineData("model=churn", 401, 500, 1)]
    [InlineData("model=", 401, 200, 1)]
    [InlineData("first=1", 401, 500, 0)]
    public async Task Smoke_IsGreenOnlyWhenStrangersAreKeptOutAndAModelPredicts(string given, int stranger, int predicts, int exit)
    {
        Skip.If(OperatingSystem.IsWindows() || !OnPath("curl") || !OnPath("jq"), "the script is for a Unix shell with curl and jq");
        await using WebApplication server = Server(stranger, predicts);
        await server.StartAsync();
        string[] parts = given.Split('=');

        (int code, string said) = await RunAsync(server.Urls.Single(), parts[0] == "model" ? parts[1] : "", parts[0] == "first" ? parts[1] : "");

        Assert.True(code == exit, said);
    }

    private static WebApplication Server(int stranger, int predicts)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        WebApplication server = builder.Build();
        server.Urls.Add($"http://{IPAddress.Loopback}:0");
        server.MapGet("/health/ready", () => Results.Ok());
        server.MapGet("/api/v1/models", () => Results.StatusCode(stranger));
        server.MapPost("/v2/models/churn/infer", (HttpRequest request) =>
            request.Headers.Authorization == "Bearer t" && predicts == 200 ? Results.Json(new { outputs = new[] { 1 } }) : Results.StatusCode(500));
        return server;
    }

    private static async Task<(int Code, string Said)> RunAsync(string url, string model, string first)
    {
        var start = new ProcessStartInfo("bash", [Repository.PathOf(".github/smoke.sh")]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in ((string, string)[])[("API_URL", url), ("TOKEN", "t"), ("MODEL", model), ("REQUEST", "{}"), ("SMOKE_FIRST", first), ("ATTEMPTS", "1"), ("PAUSE", "0")])
            start.Environment[name] = value;
        using Process script = Process.Start(start)!;
        Task<string> error = script.StandardError.ReadToEndAsync();
        string said = await script.StandardOutput.ReadToEndAsync();
        await script.WaitForExitAsync();
        return (script.ExitCode, said + await error);
    }

    private static bool OnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, program)));
}
