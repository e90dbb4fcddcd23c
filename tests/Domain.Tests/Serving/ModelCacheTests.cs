using MlOps.Contracts;
using MlOps.Domain.Experiments;
using MlOps.Domain.Registry;
using MlOps.Domain.Serving.Models;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Tests.Serving;

public sealed class ModelCacheTests
{
    private readonly ManualTimeProvider _time = new();
    private readonly HashSet<string> _traffic = [];
    private readonly List<string> _loads = [];

    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task Get_AskedForByManyAtOnce_LoadsOnce()
    {
        var gate = new TaskCompletionSource();
        ModelCache cache = Cache(100_000, _ => gate.Task);

        Task<IModel>[] asked = [.. Enumerable.Range(0, 50).Select(_ => Task.Run(() => cache.GetAsync(Version("a"), None)))];
        gate.SetResult();
        IModel[] models = await Task.WhenAll(asked);

        Assert.Equal(["a"], _loads);
        Assert.Single(models.Distinct());
    }

    [Fact]
    public async Task Get_AfterAFailedLoad_TriesAgainASecondLaterAndGivesItsMemoryBack()
    {
        ModelCache cache = Cache(100_000, digest => _loads.Count == 1 ? throw new IOException("disk") : Task.CompletedTask);

        MlOpsException e = await FailsAsync(cache, "a", "model-load");
        Assert.Equal(("reading 'm/1' failed with IOException: disk", TimeSpan.FromSeconds(1)), (e.Message, e.RetryAfter));
        Assert.Equal((0, 0), (cache.Memory.Bytes, cache.Memory.Models.Count));
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.NotNull(await cache.GetAsync(Version("a", 20_000), None));
        Assert.Equal(40_000, cache.Memory.Bytes);
    }

    [Fact]
    public async Task Get_OfAVersionThatCannotBeLoaded_DropsOthersForItOnceInAWhile()
    {
        ModelCache cache = Cache(100_000, digest => digest == "broken" ? throw MlOpsException.Invalid("model-file", "it is damaged") : Task.CompletedTask);
        await GetAsync(cache, "a", "b");
        await FailsAsync(cache, "broken", "model-file");
        await GetAsync(cache, "a", "b");

        for (int i = 0; i < 20; i++)
            await FailsAsync(cache, "broken", "model-file");

        Assert.Equal(["b", "a"], Held(cache));
        Assert.Single(_loads, "broken");
    }

    [Fact]
    public async Task Get_OfAVersionThatStaysBroken_WaitsLongerEachTimeUpToHalfAMinute()
    {
        bool isRepaired = false;
        ModelCache cache = Cache(100_000, _ => isRepaired ? Task.CompletedTask : throw MlOpsException.Invalid("model-file", "it is damaged"));

        foreach (int seconds in (int[])[1, 2, 4, 8, 16, 30, 30])
        {
            Assert.Equal(seconds, (await FailsAsync(cache, "a", "model-file")).RetryAfter!.Value.TotalSeconds);
            _time.Advance(TimeSpan.FromSeconds(seconds - 0.5));
            Assert.Equal(0.5, (await FailsAsync(cache, "a", "model-file")).RetryAfter!.Value.TotalSeconds);
            _time.Advance(TimeSpan.FromSeconds(0.5));
        }

        isRepaired = true;
        await GetAsync(cache, "a");
        Assert.Equal(8, _loads.Count);
    }

    [Fact]
    public async Task Get_PastTheBudget_DropsTheOneUsedLongestAgo()
    {
        ModelCache cache = Cache(100_000);
        await GetAsync(cache, "a", "b", "a", "c");
        Assert.Equal(["c", "a"], Held(cache));
        Assert.Equal(80_000, cache.Memory.Bytes);

        await GetAsync(cache, "a");
        Assert.Equal(["a", "b", "c"], _loads);

        await GetAsync(cache, "b");
        Assert.Equal(["b", "a"], Held(cache));
    }

    [Fact]
    public async Task Get_PastTheBudget_DropsModelsWithoutTrafficFirst()
    {
        ModelCache cache = Cache(130_000);
        _traffic.UnionWith(["a", "b"]);
        await GetAsync(cache, "a", "b", "c", "d");
        Assert.Equal(["d", "b", "a"], Held(cache));

        _traffic.Add("d");
        await GetAsync(cache, "e");
        Assert.Equal(["e", "d", "b"], Held(cache));
    }

    [Fact]
    public async Task Keep_ForAWhile_CountsAsTrafficUntilThen()
    {
        ModelCache cache = Cache(100_000);
        await cache.KeepAsync(Version("a", 20_000), TimeSpan.FromSeconds(15), None);
        await GetAsync(cache, "b", "c");
        Assert.Equal(["c", "a"], Held(cache));
        Assert.True(cache.Memory.Models[1].HasTraffic);

        _time.Advance(TimeSpan.FromSeconds(15));
        await GetAsync(cache, "d");
        Assert.Equal(["d", "c"], Held(cache));
    }

    [Fact]
    public async Task Get_OfMoreThanTheBudget_SaysHowLargeAndLoadsItOnce()
    {
        ModelCache cache = Cache(1 << 20, held: 3 << 20);

        MlOpsException e = await ServingWorld.FailsAsync(ErrorKind.Unavailable, "model-too-large", () => cache.GetAsync(Version("a", 1_000), None));
        await ServingWorld.FailsAsync(ErrorKind.Unavailable, "model-too-large", () => cache.GetAsync(Version("a", 1_000), None));

        Assert.StartsWith("the model of 'm/1' takes 3.0 MiB of memory, all models together may take 1.0 MiB here: give them more (mlops serve --model-memory", e.Message, StringComparison.Ordinal);
        Assert.Equal(["a"], _loads);
        Assert.Equal(0, cache.Memory.Bytes);
    }

    [Fact]
    public async Task Get_OfAFileOfMoreThanTheBudget_DoesNotReadIt()
    {
        ModelCache cache = Cache(100_000);

        await ServingWorld.FailsAsync(ErrorKind.Unavailable, "model-too-large", () => cache.GetAsync(Version("a", 100_001), None));

        Assert.Empty(_loads);
    }

    [Fact]
    public async Task Get_OfManyAtOnce_NeverSetsAsideMoreThanTheBudget()
    {
        const int budget = 30_000;
        long most = 0;
        ModelCache? cache = null;
        cache = Cache(budget, async _ =>
        {
            InterlockedMax(ref most, cache!.Memory.Bytes);
            await Task.Yield();
            InterlockedMax(ref most, cache.Memory.Bytes);
        });

        await Task.WhenAll(Enumerable.Range(0, 60).Select(i => Task.Run(() => cache.GetAsync(Version($"m{i}", 1_000 + (i * 100)), None))));

        Assert.Equal(60, _loads.Count);
        Assert.InRange(most, 1, budget);
        Assert.InRange(cache.Memory.Bytes, 1, budget);
        Assert.Equal(cache.Memory.Bytes, cache.Memory.Models.Sum(m => m.Bytes));
    }

    [Fact]
    public async Task Get_WhileAnotherLoadHasTheMemory_WaitsForIt()
    {
        // More than a load sets aside, less than two: twice the file, and names and levels besides.
        const long budget = 60_000;
        var gate = new TaskCompletionSource();
        ModelCache cache = Cache(budget, digest => digest == "a" ? gate.Task : Task.CompletedTask);
        Task<IModel> first = cache.GetAsync(Version("a", 20_000), None);
        await Eventually.TrueAsync(() => _loads.Count == 1, "the first load begins");
        Task<IModel> second = cache.GetAsync(Version("b", 20_000), None);
        await Eventually.TrueAsync(() => cache.Waiting == 1, "the second load waits for memory");

        Assert.Equal(["a"], _loads);
        Assert.False(second.IsCompleted);
        gate.SetResult();
        await Task.WhenAll(first, second);

        Assert.Equal(["a", "b"], _loads);
    }

    [Fact]
    public async Task Get_WhoseCallerGivesUp_StillLoadsForTheOthers()
    {
        var gate = new TaskCompletionSource();
        ModelCache cache = Cache(100_000, _ => gate.Task);
        using var impatient = new CancellationTokenSource();
        Task<IModel> first = cache.GetAsync(Version("a"), impatient.Token);
        Task<IModel> second = cache.GetAsync(Version("a"), None);

        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        gate.SetResult();

        Assert.NotNull(await second);
    }

    [Fact]
    public async Task Get_OfEqualModels_HoldsThemOnceUnderBothNames()
    {
        ModelCache cache = Cache(100_000);
        await cache.GetAsync(Version("a"), None);
        await cache.GetAsync(Version("a") with { Version = 2 }, None);

        Assert.Equal(["m/1", "m/2"], Assert.Single(cache.Memory.Models).Versions);
        Assert.Single(_loads);
    }

    [Fact]
    public async Task Explained_AModelThatHoldsMoreThen_IsCountedOnceAndMakesRoom()
    {
        ModelCache cache = Cache(100_000);
        await GetAsync(cache, "a", "b");
        var model = (FakeModel)await cache.GetAsync(Version("a", 20_000), None);

        model.HeldBytes = 70_000;
        cache.Explained(model);
        Assert.Equal(["a"], Held(cache));
        Assert.Equal(70_000, cache.Memory.Bytes);

        model.HeldBytes = 80_000;
        cache.Explained(model);
        cache.Explained(new FakeModel(_ => [0]) { HeldBytes = 90_000 });
        Assert.Equal(70_000, cache.Memory.Bytes);
    }

    [Fact]
    public async Task Explained_AModelThatIsTooLargeByIt_GoesAndLeavesTheOthers()
    {
        ModelCache cache = Cache(100_000);
        await GetAsync(cache, "a", "b");
        var model = (FakeModel)await cache.GetAsync(Version("a", 20_000), None);

        model.HeldBytes = 120_000;
        cache.Explained(model);

        Assert.Equal(["b"], Held(cache));
        Assert.Equal(40_000, cache.Memory.Bytes);
        Assert.NotSame(model, await cache.GetAsync(Version("a", 20_000), None));
    }

    internal static ModelVersion Version(string digest, long size = 1) => new(
        "m", 1, "r", digest, size, "fake", FakeModel.Churn, new Dictionary<string, double>(), new RunLineage(null, null, null, null, null), null, default, "t");

    private static string[] Held(ModelCache cache) => [.. cache.Memory.Models.Select(m => m.Digest)];

    private static void InterlockedMax(ref long most, long value)
    {
        long before;
        while (value > (before = Interlocked.Read(ref most)))
            Interlocked.CompareExchange(ref most, value, before);
    }

    private static async Task<MlOpsException> FailsAsync(ModelCache cache, string digest, string code)
    {
        MlOpsException e = await Assert.ThrowsAsync<MlOpsException>(() => cache.GetAsync(Version(digest, 20_000), None));
        Assert.Equal(code, e.Code);
        return e;
    }

    private static async Task GetAsync(ModelCache cache, params string[] digests)
    {
        foreach (string digest in digests)
            await cache.GetAsync(Version(digest, 20_000), None);
    }

    private ModelCache Cache(long budget, Func<string, Task>? load = null, long? held = null)
    {
        return new ModelCache(ReadAsync, budget, _time, version => _traffic.Contains(version.ModelDigest));

        async Task<IModel> ReadAsync(ModelVersion version, CancellationToken cancellationToken)
        {
            lock (_loads)
                _loads.Add(version.ModelDigest);
            if (load is not null)
                await load(version.ModelDigest);
            return new FakeModel(_ => [0]) { HeldBytes = held ?? (2 * version.ModelSize) };
        }
    }
}
