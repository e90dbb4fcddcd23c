using FsCheck;
using FsCheck.Fluent;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Tests.Storage;

public sealed class ContentCutsTests
{
    [Fact]
    public void Of_AnyBytes_AreAllOfThemInPiecesOfTheAllowedLengths() => Prop.ForAll<int, byte>((seed, kinds) =>
    {
        byte[] bytes = Bytes(seed, kinds + 1);
        List<Range> pieces = ContentCuts.Of(bytes);

        Assert.True(bytes.AsSpan().SequenceEqual(pieces.SelectMany(p => bytes[p]).ToArray()));
        Assert.All(pieces, p => Assert.InRange(bytes[p].Length, 1, ContentCuts.MaxBytes));
        Assert.All(pieces.SkipLast(1), p => Assert.True(bytes[p].Length >= ContentCuts.MinBytes));
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(40));

    [Fact]
    public void Of_BytesChangedInTheMiddle_AreCutTheSameAroundIt()
    {
        byte[] before = Bytes(7, 64, 3 << 20);
        byte[] after = [.. before[..1_500_000], 1, 2, 3, .. before[1_500_001..]];

        HashSet<string> known = [.. ContentCuts.Of(before).Select(p => Convert.ToHexString(before[p]))];
        List<Range> pieces = ContentCuts.Of(after);

        Assert.InRange(pieces.Count(p => !known.Contains(Convert.ToHexString(after[p]))), 1, 4);
        Assert.True(pieces.Count > 20);
    }

    /// <param name="kinds">Of so many different bytes: 1 is the same over and over.</param>
    private static byte[] Bytes(int seed, int kinds, int? length = null)
    {
        var random = new Random(seed);
        byte[] bytes = new byte[length ?? random.Next(600_000)];
        for (int i = 0; i < bytes.Length; i++)
            bytes[i] = (byte)random.Next(kinds);
        return bytes;
    }
}
