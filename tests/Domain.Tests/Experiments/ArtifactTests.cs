using System.Text;

namespace MlOps.Domain.Tests.Experiments;

public sealed class ArtifactTests : TrackerTest
{
    [Fact]
    public async Task Open_WhatWasLogged_ReadsTheSameBytes()
    {
        await StartAsync("r1");
        await LogAsync("r1", "plots/roc curve.svg", "<svg/>");

        Assert.Equal("<svg/>", await ReadAsync("r1", "plots/roc curve.svg"));
    }

    [Fact]
    public async Task Log_SamePathAgain_Replaces()
    {
        await StartAsync("r1");
        await LogAsync("r1", "a.txt", "one");
        await LogAsync("r1", "a.txt", "two");

        Assert.Equal("two", await ReadAsync("r1", "a.txt"));
        Assert.Single(await Tracker.ListArtifactsAsync("r1", None));
    }

    [Fact]
    public async Task List_OfARun_HoldsItsFilesInOrderAndNoOthers()
    {
        await StartAsync("r1");
        await StartAsync("r12");
        await LogAsync("r1", "b.txt", "1234");
        await LogAsync("r1", "a/x.txt", "1");
        await LogAsync("r1", "a/y/z.txt", "1");
        await LogAsync("r12", "other.txt", "1");

        Assert.Equal(["a/x.txt", "a/y/z.txt", "b.txt"], (await Tracker.ListArtifactsAsync("r1", None)).Select(a => a.Path));
        Assert.Equal(["a/x.txt", "a/y/z.txt"], (await Tracker.ListArtifactsAsync("r1", "a", None)).Select(a => a.Path));
        Assert.Equal(4, (await Tracker.ListArtifactsAsync("r1", None))[^1].Size);
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("../r2/secret.txt")]
    [InlineData("a/../../r2/secret.txt")]
    [InlineData("/etc/passwd")]
    [InlineData("a//b")]
    [InlineData("./a")]
    [InlineData("..\\r2\\secret.txt")]
    [InlineData("C:/windows")]
    [InlineData("%2e%2e/r2/secret.txt")]
    [InlineData("%252e%252e%252fr2%252fsecret.txt")]
    [InlineData("a%00b")]
    [InlineData("a\0b")]
    public async Task AnyAccess_PathThatCouldEscape_IsRefused(string path)
    {
        await StartAsync("r1");
        await StartAsync("r2");
        await LogAsync("r2", "secret.txt", "secret");

        await FailsAsync(ErrorKind.Invalid, "artifact-path", () => LogAsync("r1", path, "x"));
        await FailsAsync(ErrorKind.Invalid, "artifact-path", () => ReadAsync("r1", path));
        if (path.Length > 0)
            await FailsAsync(ErrorKind.Invalid, "artifact-path", () => Tracker.ListArtifactsAsync("r1", path, None));
        Assert.Empty(await Tracker.ListArtifactsAsync("r1", None));
    }

    [Theory]
    [InlineData("a..b.txt")]
    [InlineData("100%.txt")]
    [InlineData("données/約.txt")]
    public async Task Log_OddButSafePath_IsKept(string path)
    {
        await StartAsync("r1");

        await LogAsync("r1", path, "x");

        Assert.Equal(path, Assert.Single(await Tracker.ListArtifactsAsync("r1", None)).Path);
    }

    [Fact]
    public async Task Open_MissingArtifact_SaysRunAndPath()
    {
        await StartAsync("r1");

        MlOpsException e = await FailsAsync(ErrorKind.NotFound, "artifact-missing", () => ReadAsync("r1", "a.txt"));

        Assert.Contains("run 'r1' has no artifact 'a.txt'", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Log_ToARunThatDoesNotExist_StoresNothing()
    {
        await FailsAsync(ErrorKind.NotFound, "run-missing", () => LogAsync("r1", "a.txt", "x"));

        await StartAsync("r1");
        Assert.Empty(await Tracker.ListArtifactsAsync("r1", None));
    }

    private Task LogAsync(string runId, string path, string text) =>
        Tracker.LogArtifactAsync(runId, path, new MemoryStream(Encoding.UTF8.GetBytes(text)), None);

    private async Task<string> ReadAsync(string runId, string path)
    {
        using var reader = new StreamReader(await Tracker.OpenArtifactAsync(runId, path, None));
        return await reader.ReadToEndAsync();
    }
}
