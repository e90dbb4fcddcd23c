using MlOps.Contracts;

namespace MlOps.Embedded.Tests;

public sealed class RandomIdsTests
{
    [Fact]
    public void NewId_Many_AreUniqueAndOfTheForm()
    {
        var ids = new RandomIds(TimeProvider.System);
        HashSet<string> made = [.. Enumerable.Range(0, 1_000).Select(_ => ids.NewId())];

        Assert.Equal(1_000, made.Count);
        Assert.All(made, id => Assert.Matches("^[0-9a-f]{32}$", id));
    }

    [Fact]
    public void NewId_OfALaterMillisecond_SortsLater()
    {
        var clock = new ManualTimeProvider();
        var ids = new RandomIds(clock);
        string earlier = ids.NewId();
        clock.Advance(TimeSpan.FromMilliseconds(1));

        Assert.True(string.CompareOrdinal(earlier, ids.NewId()) < 0);
    }
}
