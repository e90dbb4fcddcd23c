using MlOps.Contracts;
using MlOps.Contracts.Storage;
using MlOps.Domain.Storage;
using MlOps.Embedded.Storage;

namespace MlOps.Embedded.Tests.Storage;

public sealed class SqliteEntityWriteTests() : EntityWriteContract(new SqliteHost());

public sealed class SqliteEntityBatchTests() : EntityBatchContract(new SqliteHost());

public sealed class SqliteEntityScanTests() : EntityScanContract(new SqliteHost());

public sealed class SqliteEntityLimitTests() : EntityLimitContract(new SqliteHost());

internal sealed class SqliteHost : IStoreHost<IEntityTable>
{
    private readonly TempDirectory _temp = new();
    private SqliteEntityTable? _open;

    public async Task<IEntityTable> OpenAsync()
    {
        if (_open is not null)
            await _open.DisposeAsync();
        return _open = await SqliteEntityTable.OpenAsync(_temp["meta.db"], TimeProvider.System, default);
    }

    public async ValueTask DisposeAsync()
    {
        if (_open is not null)
            await _open.DisposeAsync();
        _temp.Dispose();
    }
}
