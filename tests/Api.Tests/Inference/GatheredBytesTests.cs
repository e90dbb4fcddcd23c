using System.Buffers;
using MlOps.Api.Inference;

namespace MlOps.Api.Tests.Inference;

public sealed class GatheredBytesTests
{
    [Fact]
    public void Add_OfAHeaderThatLies_TakesNoMoreThanAMegabyte()
    {
        var gathered = new GatheredBytes(1 << 30);
        gathered.Add(new ReadOnlySequence<byte>(new byte[100]));

        Assert.InRange(gathered.Bytes.Length, 100, 2 << 20);
    }

    [Theory]
    [InlineData(3_000_000L)]
    [InlineData(5L)]
    [InlineData(null)]
    public void Add_PartAfterPart_KeepsThemInOrder(long? told)
    {
        byte[] body = new byte[3_000_000];
        new Random(7).NextBytes(body);
        var gathered = new GatheredBytes(told);
        for (int at = 0; at < body.Length; at += 100_000)
            gathered.Add(new ReadOnlySequence<byte>(body, at, 100_000));

        Assert.Equal(body, gathered.Bytes[..gathered.Length]);
    }
}
