using MlOps.Contracts;
using MlOps.Server;

namespace MlOps.Cli.Tests;

/// <summary>Several processes on one data directory: one owns it, the others find it.</summary>
public sealed class SharedDirectoryTests : IDisposable
{
    private readonly TempDirectory _folder = new();

    private string Data => _folder["data"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Commands_OfManyProcessesAtOnce_AllSucceed()
    {
        string file = Samples.Head(Samples.Telco, 50, _folder.FullPath);

        Cli[] added = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => CliProcess.RunAsync(["dataset", "add", $"telco{i}", file, "--data", Data, "--json"])));
        Cli listed = await Cli.RunAsync("dataset", "list", "--data", Data, "--json");

        Assert.All(added, a => Assert.True(a.ExitCode == 0, a.Output + a.Error));
        Assert.Equal(4, listed.Json.AsArray().Count);
    }

    [Fact]
    public async Task Commands_ThatComeAndGoManyTimes_AllSucceed()
    {
        string file = Samples.Head(Samples.Telco, 20, _folder.FullPath);

        Cli[][] all = await Task.WhenAll(Enumerable.Range(0, 6).Select(async i =>
        {
            Cli added = await Cli.RunAsync("dataset", "add", $"telco{i}", file, "--data", Data, "--json");
            Cli shown = await Cli.RunAsync("dataset", "show", $"telco{i}", "--data", Data, "--json");
            return new[] { added, shown };
        }));

        Assert.All(all.SelectMany(a => a), a => Assert.True(a.ExitCode == 0, a.Output + a.Error));
    }

    [Fact]
    public async Task ACommand_OnAnotherPathToTheDirectoryAndWithAnotherTemporaryFolder_FindsTheServer()
    {
        await using MlOpsServer server = await MlOpsServer.StartAsync(new ServerOptions { Data = new DataDirectory(Data) }, default);
        Directory.CreateSymbolicLink(_folder["link"], Data);
        Directory.CreateDirectory(_folder["tmp"]);

        Cli added = await CliProcess.RunAsync(["dataset", "add", "telco", Samples.Head(Samples.Telco, 50, _folder.FullPath), "--data", _folder["link"], "--json"], _folder["tmp"]);

        Assert.True(added.ExitCode == 0, added.Output + added.Error);
        Cli listed = await Cli.RunAsync("dataset", "list", "--data", Data, "--json");
        Assert.Equal("telco", (string)listed.Json[0]!["name"]!);
    }

    [SkippableFact]
    public async Task ASocketFolder_OfAnotherUser_IsRefused()
    {
        Skip.IfNot(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "only root can make a folder another user's");
        string folder = _folder[$"mlops-{Environment.UserName}"];
        using (var made = System.Diagnostics.Process.Start("install", ["-d", "-m", "700", "-o", "65534", folder]))
            await made.WaitForExitAsync();

        Cli listed = await CliProcess.RunAsync(["token", "create", "me", "--data", Data, "--json"], _folder.FullPath);

        Assert.Equal(2, listed.ExitCode);
        Assert.Equal("socket-folder-open", (string)listed.Json["error"]!["code"]!);
    }

    [Fact]
    public async Task ATemporaryFolder_TooLongForASocket_IsToldSo()
    {
        string folder = Directory.CreateDirectory(_folder[new string('x', 100)]).FullName;

        Cli created = await CliProcess.RunAsync(["token", "create", "me", "--data", Data, "--json"], folder);

        Assert.Equal(2, created.ExitCode);
        Assert.Equal("socket-path-long", (string)created.Json["error"]!["code"]!);
    }

    [Theory]
    [InlineData("model", "list")]
    [InlineData("dataset", "show", "telco")]
    [InlineData("pipeline", "list")]
    [InlineData("rollout", "status", "churn")]
    [InlineData("drift", "churn")]
    [InlineData("run", "list")]
    [InlineData("token", "list")]
    [InlineData("predict", "--model", "models:/churn", "--input", "x.csv", "--out", "y.csv")]
    public async Task ACommandThatOnlyReads_WhereNoDataDirectoryIs_SaysSoAndMakesNone(params string[] args)
    {
        Cli run = await Cli.RunAsync([.. args, "--data", Data, "--json"]);

        Assert.Equal(2, run.ExitCode);
        Assert.Equal("data-directory-missing", (string)run.Json["error"]!["code"]!);
        Assert.Contains(Data, (string)run.Json["error"]!["message"]!, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Data));
    }

    [Theory]
    [InlineData("dataset", "list")]
    [InlineData("serve", "--urls", "http://127.0.0.1:0")]
    public async Task AFile_AsDataDirectory_IsNamedAsOne(params string[] args)
    {
        await File.WriteAllTextAsync(Data, "");

        Cli run = await Cli.RunAsync([.. args, "--data", Data]);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains($"{Data} is a file", run.Error, StringComparison.Ordinal);
    }
}
