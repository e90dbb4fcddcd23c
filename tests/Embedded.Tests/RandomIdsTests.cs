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
        Assert.All(made, id => Assert.Matches("^[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}$", id));
    }

    [Fact]
    public void NewId_FromManyThreads_AreUnique()
    {
        var ids = new RandomIds(new ManualTimeProvider());
        var made = new string[10_000];
        Parallel.For(0, made.Length, i => made[i] = ids.NewId());

        Assert.Equal(made.Length, made.Distinct().Count());
    }

    [Fact]
    public void NewId_Has_TheTimeInFront()
    {
        var clock = new ManualTimeProvider();

        string id = new RandomIds(clock).NewId();

        Assert.Equal(clock.GetUtcNow().ToUnixTimeMilliseconds(), Convert.ToInt64(id[..12], 16));
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
