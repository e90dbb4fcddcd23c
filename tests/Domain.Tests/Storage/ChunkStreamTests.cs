using MlOps.Domain.Storage;

namespace MlOps.Domain.Tests.Storage;

public sealed class ChunkStreamTests
{
    [Fact]
    public async Task Read_AfterAFailure_FailsAgainAndDoesNotSayThatItIsTheEnd()
    {
        await using var stream = new ChunkStream(BrokenAsync());
        var buffer = new byte[8];

        Assert.Equal(2, await stream.ReadAsync(buffer));
        await Assert.ThrowsAsync<InvalidDataException>(async () => Assert.Equal(0, await stream.ReadAsync(buffer)));
        await Assert.ThrowsAsync<InvalidDataException>(async () => Assert.Equal(0, await stream.ReadAsync(buffer)));
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> BrokenAsync()
    {
        yield return new byte[2];
        await Task.CompletedTask;
        throw new InvalidDataException();
    }
}
