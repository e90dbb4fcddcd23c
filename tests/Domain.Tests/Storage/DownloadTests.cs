using MlOps.Domain.Storage;

namespace MlOps.Domain.Tests.Storage;

public sealed class DownloadTests
{
    [Fact]
    public async Task Of_WhereNoLinkCanBeMade_GivesTheBytes()
    {
        using MemoryStream content = Large();

        Download download = await Download.OfAsync(content, () => throw MlOpsException.Unavailable("store-away", "the account does not sign"));

        Assert.Equal((content, null), (download.Content, download.Link));
        Assert.True(content.CanRead);
    }

    [Fact]
    public async Task Of_WhereTheLinkFailsOtherwise_ClosesTheFile()
    {
        using MemoryStream content = Large();

        await Assert.ThrowsAsync<OperationCanceledException>(() => Download.OfAsync(content, () => throw new OperationCanceledException()));

        Assert.False(content.CanRead);
    }

    private static MemoryStream Large() => new(new byte[Download.Large]);
}
