using MlOps.Domain.Storage;

namespace MlOps.Contracts.Storage;

/// <summary>The ground of the suites that every <see cref="IEntityTable"/> passes; each test has a table of its own.</summary>
public abstract class EntityTableContract(IStoreHost<IEntityTable> host) : IAsyncLifetime
{
    protected const string P = "part";

    protected static readonly CancellationToken None = CancellationToken.None;

    protected string Table { get; } = "t" + Guid.NewGuid().ToString("N");

    protected IEntityTable Tables { get; private set; } = null!;

    public Task InitializeAsync() => ReopenAsync();

    public Task DisposeAsync() => host.DisposeAsync().AsTask();

    protected async Task ReopenAsync() => Tables = await host.OpenAsync();

    protected static Entity Row(string row, params (string Name, object Value)[] properties) => RowOf(P, row, properties);

    protected static Entity RowOf(string partition, string row, params (string Name, object Value)[] properties)
    {
        var entity = new Entity(partition, row);
        foreach ((string name, object value) in properties)
            entity[name] = value;
        return entity;
    }

    protected Task<string> WriteAsync(EntityWrite write) => Tables.WriteAsync(Table, write, None);

    protected Task<IReadOnlyList<string>> BatchAsync(params IEnumerable<EntityWrite> writes) => Tables.WriteAsync(Table, [.. writes], None);

    protected Task InsertAsync(params IEnumerable<string> rows) =>
        Task.WhenAll(rows.Chunk(100).Select(chunk => BatchAsync(chunk.Select(row => EntityWrite.Insert(Row(row))))));

    protected Task<Entity?> FindAsync(string row) => Tables.FindAsync(Table, new(P, row), None);

    protected Task<EntityPage> PageAsync(EntityRange range, string partition = P) => Tables.QueryAsync(Table, partition, range, None);

    protected async Task<List<string>> RowsAsync(EntityRange range, string partition = P) =>
        await Tables.ScanAsync(Table, partition, range, None).Select(entity => entity.Key.Row).ToListAsync();

    protected static IEnumerable<string> Numbered(int count) => Enumerable.Range(0, count).Select(i => $"r{i:D5}");
}
