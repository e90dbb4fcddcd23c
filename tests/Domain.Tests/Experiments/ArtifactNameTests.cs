using System.IO.Pipelines;
using System.Text;
using MlOps.Domain.Experiments;

namespace MlOps.Domain.Tests.Experiments;

/// <summary>Of a file and a folder of one name there is only one, also when both are sent at once.</summary>
public sealed class ArtifactNameTests : TrackerTest
{
    [Theory]
    [InlineData("some/a", "some/a/b")]
    [InlineData("some/a/b", "some/a")]
    [InlineData("some/a/b/c", "some")]
    public async Task Write_WhileAnotherOfThatNameIsSent_IsRefused(string first, string second)
    {
        var slow = new Pipe();
        Task writing = Tracker.Artifacts.WriteAsync(first, slow.Reader.AsStream(), None);
        await slow.Writer.WriteAsync(new byte[10]);

        await FailsAsync(ErrorKind.Conflict, "artifact-taken", () => WriteAsync(second));
        await WriteAsync("some/ab");
        await WriteAsync("some/b/c");
        await slow.Writer.CompleteAsync();
        await writing;

        await FailsAsync(ErrorKind.Conflict, "artifact-taken", () => WriteAsync(second));
        Assert.True(await Tracker.Artifacts.ExistsAsync(first, None));
        await WriteAsync(first);
    }

    [Fact]
    public async Task Write_AfterOneOfThatNameWasBrokenOff_IsStored()
    {
        var broken = new Pipe();
        Task writing = Tracker.Artifacts.WriteAsync("some/a/b", broken.Reader.AsStream(), None);
        await broken.Writer.CompleteAsync(new IOException("gone"));
        await Assert.ThrowsAsync<IOException>(() => writing);

        await WriteAsync("some/a");

        Assert.Equal(["a"], (await Tracker.Artifacts.ListAsync("some", None)).Select(e => e.Name));
    }

    [Fact]
    public async Task Write_ManyPairsAtOnce_KeepsOneOfEach()
    {
        bool[][] kept = await Task.WhenAll(Enumerable.Range(0, 50).Select(async i => await Task.WhenAll(IsKeptAsync($"pairs/{i}"), IsKeptAsync($"pairs/{i}/z"))));

        Assert.All(kept, pair => Assert.Single(pair, true));
        Assert.Equal(50, (await Tracker.Artifacts.ListAsync("pairs", None)).Count);
    }

    private async Task<bool> IsKeptAsync(string path)
    {
        await Task.Yield();
        try
        {
            await WriteAsync(path);
            return true;
        }
        catch (MlOpsException e) when (e.Code == "artifact-taken")
        {
            return false;
        }
    }

    private Task WriteAsync(string path) => Tracker.Artifacts.WriteAsync(path, new MemoryStream(Encoding.UTF8.GetBytes("text")), None);
}
