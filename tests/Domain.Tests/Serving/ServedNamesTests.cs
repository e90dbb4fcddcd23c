using MlOps.Domain.Serving;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Tests.Serving;

public sealed class ServedNamesTests : IAsyncLifetime
{
    private readonly EmbeddedStores _stores = new();
    private readonly CountingTable _table;
    private readonly EndpointStore _endpoints;

    public ServedNamesTests()
    {
        _table = new CountingTable(_stores.Tables);
        _endpoints = new EndpointStore(_table, _stores.Time);
    }

    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task Names_OfManyEndpoints_AreOneScanASecondHoweverManyAsk()
    {
        for (int i = 0; i < 50; i++)
            await ApplyAsync($"m{i:00}", TrafficSplit.Whole(1));
        var served = new ServedNames(_endpoints, _stores.Time);
        (_table.Finds, _table.Queries) = (0, 0);
        _table.Gate = new TaskCompletionSource();

        Task<IReadOnlyList<string>>[] asked = [.. Enumerable.Range(0, 20).Select(_ => served.NamesAsync(None).AsTask())];
        _table.Gate.SetResult();
        IReadOnlyList<string>[] answers = await Task.WhenAll(asked);
        await served.NamesAsync(None);

        Assert.All(answers, names => Assert.Equal(Enumerable.Range(0, 50).Select(i => $"m{i:00}"), names));
        Assert.Equal((0, 1), (_table.Finds, _table.Queries));
        _stores.Time.Advance(TimeSpan.FromSeconds(1));
        await served.NamesAsync(None);
        Assert.Equal((0, 2), (_table.Finds, _table.Queries));
    }

    [Fact]
    public async Task Names_AfterTheTrafficChanged_FollowIt()
    {
        await ApplyAsync("a", TrafficSplit.Whole(1));
        await ApplyAsync("b", []);
        var served = new ServedNames(_endpoints, _stores.Time);
        Assert.Equal(["a"], await served.NamesAsync(None));

        await ApplyAsync("a", []);
        await ApplyAsync("b", TrafficSplit.Whole(2));
        _stores.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(["b"], await served.NamesAsync(None));
    }

    [Fact]
    public async Task Names_OfAnEndpointOfAnOlderRelease_AreFoundToo()
    {
        await ApplyAsync("a", TrafficSplit.Whole(1));
        await ApplyAsync("b", []);
        foreach (string model in (string[])["a", "b"])
            await _stores.Tables.WriteAsync("endpointIndex", [EntityWrite.Upsert(new Entity("x", model))], None);

        Assert.Equal(["a"], await new ServedNames(_endpoints, _stores.Time).NamesAsync(None));
    }

    [Fact]
    public async Task Names_WhileTheStoreIsAway_AreTheLastKnown()
    {
        await ApplyAsync("a", TrafficSplit.Whole(1));
        var served = new ServedNames(_endpoints, _stores.Time);
        await served.NamesAsync(None);
        _stores.Time.Advance(TimeSpan.FromSeconds(1));
        _table.IsAway = true;

        Assert.Equal(["a"], await served.NamesAsync(None));
        await Assert.ThrowsAsync<IOException>(() => new ServedNames(_endpoints, _stores.Time).NamesAsync(None).AsTask());
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _stores.DisposeAsync();

    private Task<Endpoint> ApplyAsync(string model, IReadOnlyList<TrafficShare> traffic) => _endpoints.ApplyAsync(model, new TrafficChange([.. traffic], "test", null, null), None);

    private sealed class CountingTable(IEntityTable inner) : IEntityTable
    {
        public int Finds { get; set; }

        public int Queries { get; set; }

        public bool IsAway { get; set; }

        public TaskCompletionSource? Gate { get; set; }

        public Task<Entity?> FindAsync(string table, EntityKey key, CancellationToken cancellationToken)
        {
            Finds++;
            return inner.FindAsync(table, key, cancellationToken);
        }

        public async Task<EntityPage> QueryAsync(string table, string partition, EntityRange range, CancellationToken cancellationToken)
        {
            Queries++;
            if (IsAway)
                throw new IOException("away");
            if (Gate is { } gate)
                await gate.Task;
            return await inner.QueryAsync(table, partition, range, cancellationToken);
        }

        public Task<IReadOnlyList<string>> WriteAsync(string table, IReadOnlyList<EntityWrite> writes, CancellationToken cancellationToken) => inner.WriteAsync(table, writes, cancellationToken);
    }
}
