using MlOps.Contracts;
using MlOps.Embedded.Inbox;

namespace MlOps.Embedded.Tests.Inbox;

/// <summary>What the inbox opens, when it changed after it was looked at.</summary>
public sealed class UnfollowedFileTests : IDisposable
{
    private readonly TempDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Open_PlainFile_ReadsIt()
    {
        await File.WriteAllTextAsync(_folder["a.csv"], "a,b\n1,2\n");

        await using FileStream file = UnfollowedFile.Open(_folder["a.csv"]);
        using var text = new StreamReader(file);

        Assert.Equal(8, file.Length);
        Assert.Equal("a,b\n1,2\n", await text.ReadToEndAsync());
    }

    [Fact]
    public async Task Open_Link_IsRefusedAlthoughItsTargetCouldBeRead()
    {
        await File.WriteAllTextAsync(_folder["secret.csv"], "a,b\n1,2\n");
        File.CreateSymbolicLink(_folder["link.csv"], _folder["secret.csv"]);

        IOException refused = Assert.Throws<IOException>(() => UnfollowedFile.Open(_folder["link.csv"]));

        Assert.Contains("link.csv", refused.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Open_NamedPipe_IsRefusedWithoutWaitingForAWriter()
    {
        Skip.If(OperatingSystem.IsWindows(), "Windows has no named pipes in folders");
        using (var made = System.Diagnostics.Process.Start("mkfifo", _folder["pipe.csv"]))
            await made.WaitForExitAsync();

        await Assert.ThrowsAsync<IOException>(() => Task.Run(() => UnfollowedFile.Open(_folder["pipe.csv"])).WaitAsync(Eventually.Patience));
    }

    [Fact]
    public void Open_NoFile_SaysWhich() =>
        Assert.Contains("none.csv", Assert.Throws<IOException>(() => UnfollowedFile.Open(_folder["none.csv"])).Message, StringComparison.Ordinal);
}
