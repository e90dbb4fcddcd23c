using MlOps.Domain.Registry;
using MlOps.Domain.Registry.Search;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Tests.Registry;

/// <summary>Versions by the run that they were registered from, as a run's page asks for them.</summary>
public sealed class VersionsOfRunTests : RegistryTest
{
    [Fact]
    public async Task Versions_OfARun_AreFoundWhateverBecameOfTheirModels()
    {
        await RegisterManyAsync("a", 3);
        await RegisterAsync("a", "r1");
        await RegisterAsync("b", "r1");
        await RegisterAsync("c", "r1");
        await RegisterAsync("d", "r1");
        await Registry.Catalog.RenameAsync("b", "b2", "ann", None);
        await Registry.Catalog.DeleteAsync("c", None);
        await RegisterAsync("c", "r2");
        await Registry.Catalog.DeleteVersionAsync("d", 1, "ann", None);

        Assert.Equal(["a/4", "b2/1"], await FindAsync("run_id = 'r1'"));
        Assert.Equal(["b2/1"], await FindAsync("run_id = 'r1' AND name = 'b2'"));
        Assert.Equal(["c/1"], await FindAsync("run_id = 'r2'"));
        Assert.Empty(await FindAsync("run_id = 'nobody'"));
        Assert.Equal(["a/4", "b2/1", "c/1"], await FindAsync("run_id = 'r1' OR run_id = 'r2'"));
    }

    [Fact]
    public async Task Versions_OfARunInALargeRegistry_AreReadAlone()
    {
        for (int i = 0; i < 60; i++)
            await RegisterAsync($"m{i}", $"run-{i}");
        await FindAsync("run_id = 'run-7'");
        var counting = new CountingReads(Stores.Tables);

        RegistryPage<ModelVersion> page = await new ModelRegistry(counting, Stores.Time).Search.VersionsAsync(new RegistryQuery { Filter = "run_id = 'run-7'" }, None);

        Assert.Equal("m7/1", Assert.Single(page.Items).Name);
        Assert.InRange(counting.Rows, 1, 8);
    }

    [Fact]
    public async Task Versions_OfARunFromBeforeThereWasAnIndex_AreFound()
    {
        await RegisterAsync("a", "r1");
        // As a store is that was written by an older process.
        string partition = VersionsOfRuns.PartitionOf("r1");
        await Stores.Tables.RemoveAllAsync("modelIndex", partition, None);

        Assert.Equal(["a/1"], await FindAsync("run_id = 'r1'"));
        Assert.Single(await Stores.Tables.ScanAsync("modelIndex", partition, EntityRange.All, None).ToListAsync());
    }

    private async Task<string[]> FindAsync(string filter) =>
        [.. (await Registry.Search.VersionsAsync(new RegistryQuery { Filter = filter }, None)).Items.Select(v => v.Name).Order(StringComparer.Ordinal)];

    private sealed class CountingReads(IEntityTable inner) : IEntityTable
    {
        public int Rows { get; private set; }

        public Task<Entity?> FindAsync(string table, EntityKey key, CancellationToken cancellationToken)
        {
            Rows++;
            return inner.FindAsync(table, key, cancellationToken);
        }

        public async Task<EntityPage> QueryAsync(string table, string partition, EntityRange range, CancellationToken cancellationToken)
        {
            EntityPage page = await inner.QueryAsync(table, partition, range, cancellationToken);
            Rows += page.Entities.Count;
            return page;
        }

        public Task<IReadOnlyList<string>> WriteAsync(string table, IReadOnlyList<EntityWrite> writes, CancellationToken cancellationToken) => inner.WriteAsync(table, writes, cancellationToken);
    }
}
