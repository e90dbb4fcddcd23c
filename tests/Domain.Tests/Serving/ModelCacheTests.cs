using MlOps.Domain.Experiments;
using MlOps.Domain.Registry;
using MlOps.Domain.Serving;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Tests.Serving;

public sealed class ModelCacheTests
{
    private int _loads;

    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task Get_AskedForByManyAtOnce_LoadsOnce()
    {
        var gate = new TaskCompletionSource();
        var cache = new ModelCache(async (_, _) =>
        {
            Interlocked.Increment(ref _loads);
            await gate.Task;
            return FakeModel.Constant(0);
        });

        Task<IModel>[] asked = [.. Enumerable.Range(0, 50).Select(_ => Task.Run(() => cache.GetAsync(Version("a"), None)))];
        gate.SetResult();
        IModel[] models = await Task.WhenAll(asked);

        Assert.Equal(1, _loads);
        Assert.Single(models.Distinct());
    }

    [Fact]
    public async Task Get_AfterAFailedLoad_TriesAgain()
    {
        var cache = new ModelCache((_, _) => Interlocked.Increment(ref _loads) == 1 ? throw new IOException("disk") : Task.FromResult<IModel>(FakeModel.Constant(0)));

        await Assert.ThrowsAsync<IOException>(() => cache.GetAsync(Version("a"), None));

        Assert.NotNull(await cache.GetAsync(Version("a"), None));
    }

    [Fact]
    public async Task Get_PastTheCapacity_DropsTheOneUsedLongestAgo()
    {
        var cache = new ModelCache(CountedAsync, capacity: 2);
        await cache.GetAsync(Version("a"), None);
        await cache.GetAsync(Version("b"), None);
        await cache.GetAsync(Version("a"), None);
        await cache.GetAsync(Version("c"), None);
        Assert.Equal((2, 3), (cache.Count, _loads));

        await cache.GetAsync(Version("a"), None);
        Assert.Equal(3, _loads);

        await cache.GetAsync(Version("b"), None);
        Assert.Equal(4, _loads);
    }

    [Fact]
    public async Task Get_WhoseCallerGivesUp_StillLoadsForTheOthers()
    {
        var gate = new TaskCompletionSource();
        var cache = new ModelCache(async (_, token) =>
        {
            await gate.Task.WaitAsync(token);
            return FakeModel.Constant(0);
        });
        using var impatient = new CancellationTokenSource();
        Task<IModel> first = cache.GetAsync(Version("a"), impatient.Token);
        Task<IModel> second = cache.GetAsync(Version("a"), None);

        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        gate.SetResult();

        Assert.NotNull(await second);
    }

    private Task<IModel> CountedAsync(ModelVersion version, CancellationToken cancellationToken)
    {
        _loads++;
        return Task.FromResult<IModel>(FakeModel.Constant(0));
    }

    internal static ModelVersion Version(string digest, long size = 1) => new(
        "m", 1, "r", digest, size, "fake", FakeModel.Churn, new Dictionary<string, double>(), new RunLineage(null, null, null, null, null), null, default, "t");
}
