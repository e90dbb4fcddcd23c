using MlOps.Domain.Registry;
using MlOps.Domain.Serving.Batches;

namespace MlOps.Domain.Tests.Serving;

public sealed class MicroBatchersTests
{
    [Fact]
    public void Of_ManyVersionsOneAfterTheOther_KeepsThoseWithTrafficAndAFewMore()
    {
        var batchers = new MicroBatchers(TimeProvider.System, (_, version) => version is 1 or 2);
        MicroBatcher first = batchers.Of(Version(1));

        for (int version = 2; version <= 1_000; version++)
            batchers.Of(Version(version));

        Assert.InRange(batchers.Count, 2, 64);
        Assert.Same(first, batchers.Of(Version(1)));
    }

    private static ModelVersion Version(int number) => ModelCacheTests.Version($"v{number}") with { Version = number };
}
