using System.Text;
using MlOps.Domain.Datasets;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Tests.Datasets;

public sealed class DatasetCrashTests
{
    private const string People = "name,age\nada,36\n";

    [Fact]
    public async Task AddAsync_CrashBeforeTheRow_AddsOnceWhenTriedAgain()
    {
        var crash = new CrashingTable();
        await using var store = new DatasetStore(crash.Around);
        crash.Table = "datasets";
        await Assert.ThrowsAsync<IOException>(() => store.AddAsync("people", People));
        Assert.Empty(await store.Catalog.ListAsync(CancellationToken.None));
        crash.Table = null;
        Assert.True((await store.AddAsync("people", People)).Created);
        Assert.Equal(1, (await store.Catalog.GetAsync(new DatasetRef("people"), CancellationToken.None)).Version);
    }

    [Fact]
    public async Task AddAsync_CrashAfterTheRow_FindsTheVersionWhenTriedAgain()
    {
        var crash = new CrashingTable { AfterWrite = true };
        await using var store = new DatasetStore(crash.Around);
        crash.Table = "datasets";
        await Assert.ThrowsAsync<IOException>(() => store.AddAsync("people", People));
        crash.Table = null;
        DatasetAdded again = await store.AddAsync("people", People);
        Assert.Equal((false, 1), (again.Created, again.Version.Version));
    }

    [Fact]
    public async Task CollectGarbageAsync_AfterCrash_DeletesWhatNoVersionRefersTo()
    {
        var crash = new CrashingTable();
        await using var store = new DatasetStore(crash.Around);
        DatasetVersion kept = (await store.AddAsync("people", People)).Version;
        crash.Table = "datasets";
        await Assert.ThrowsAsync<IOException>(() => store.AddAsync("people", People + "eve,7\n"));
        crash.Table = null;
        Assert.Equal(0, await store.Catalog.CollectGarbageAsync(TimeSpan.FromDays(1), CancellationToken.None));
        store.Time.Advance(TimeSpan.FromDays(2));
        Assert.Equal(2, await store.Catalog.CollectGarbageAsync(TimeSpan.FromDays(1), CancellationToken.None));
        Assert.Equal(2, (await store.BlobPathsAsync()).Count);
        Assert.Equal(1, (await store.NewCatalog().LoadAsync(kept, CancellationToken.None)).RowCount);
        Assert.True((await store.AddAsync("people", People + "eve,7\n")).Created);
    }

    [Fact]
    public async Task AddAsync_ContentThatChangesMeanwhile_IsConflictAndAddsNothing()
    {
        await using var store = new DatasetStore();
        await using var changing = new ChangingStream(Encoding.UTF8.GetBytes(People));
        MlOpsException error = await Assert.ThrowsAsync<MlOpsException>(() => store.Catalog.AddAsync("people", changing, new DatasetAddOptions(), CancellationToken.None));
        Assert.Equal((ErrorKind.Conflict, "dataset-content-changed"), (error.Kind, error.Code));
        Assert.Empty(await store.Catalog.ListAsync(CancellationToken.None));
    }

    /// <summary>Its second rewind gives other bytes: a file that somebody still writes to.</summary>
    private sealed class ChangingStream : MemoryStream
    {
        private readonly byte[] _bytes;
        private int _rewinds;

        public ChangingStream(byte[] bytes)
            : base(bytes) => _bytes = bytes;

        public override long Position
        {
            get => base.Position;
            set
            {
                base.Position = value;
                if (value == 0 && ++_rewinds == 2)
                    _bytes[^2] = (byte)'7';
            }
        }
    }

    private sealed class CrashingTable
    {
        public string? Table { get; set; }

        public bool AfterWrite { get; init; }

        public IEntityTable Around(IEntityTable inner) => new Wrapper(this, inner);

        private sealed class Wrapper(CrashingTable crash, IEntityTable inner) : IEntityTable
        {
            public Task<Entity?> FindAsync(string table, EntityKey key, CancellationToken cancellationToken) => inner.FindAsync(table, key, cancellationToken);

            public Task<EntityPage> QueryAsync(string table, string partition, EntityRange range, CancellationToken cancellationToken) =>
                inner.QueryAsync(table, partition, range, cancellationToken);

            public async Task<IReadOnlyList<string>> WriteAsync(string table, IReadOnlyList<EntityWrite> writes, CancellationToken cancellationToken)
            {
                bool crashes = table == crash.Table;
                IReadOnlyList<string> etags = crashes && !crash.AfterWrite ? [] : await inner.WriteAsync(table, writes, cancellationToken);
                return crashes ? throw new IOException("crash") : etags;
            }
        }
    }
}
