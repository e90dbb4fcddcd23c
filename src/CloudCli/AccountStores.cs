using MlOps.Azure.Storage;
using MlOps.Domain;
using MlOps.Domain.Storage;
using MlOps.Embedded;

namespace MlOps.CloudCli;

/// <summary>Tables and blobs of a storage account, or of the emulator, under a lease that keeps other processes away.</summary>
public sealed class AccountStores : IHostStores
{
    private readonly HostLease _lease;

    private AccountStores(IEntityTable tables, IBlobStore blobs, HostLease lease) => (Tables, Blobs, _lease) = (tables, blobs, lease);

    public IEntityTable Tables { get; }

    public IBlobStore Blobs { get; }

    public CancellationToken Lost => _lease.Lost;

    /// <param name="storage">As people write it: <c>azurite</c>, an account's name, or a connection string.</param>
    /// <exception cref="MlOpsException">Unavailable <c>storage-busy</c>, <c>storage-unavailable</c>; Conflict <c>storage-engine</c>; Invalid <c>azure-connection</c>.</exception>
    public static async Task<IHostStores> OpenAsync(string storage, TimeProvider time, CancellationToken cancellationToken)
    {
        AzureConnection connection = AccountName.Connection(storage);
        var options = new AzureStorageOptions();
        var stores = new AccountStores(
            new AzureEntityTable(connection.Tables(options)), new AzureBlobStore(connection.Blobs(options), options, time), await HostLease.TakeAsync(connection, time, cancellationToken));
        try
        {
            await WorkflowEngine.ClaimAsync(stores.Tables, WorkflowEngine.Journaled, cancellationToken);
            return stores;
        }
        catch
        {
            await stores.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => _lease.DisposeAsync();
}
