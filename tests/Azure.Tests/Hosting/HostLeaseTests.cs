using Azure.Storage.Blobs.Specialized;
using MlOps.Azure.Storage;
using MlOps.Azure.Tests.Storage;
using MlOps.CloudCli;
using MlOps.Contracts;
using MlOps.Domain;

namespace MlOps.Azure.Tests.Hosting;

[Collection(WithAzurite.Name)]
public sealed class HostLeaseTests(Azurite azurite)
{
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(15);

    [SkippableFact]
    public async Task TakeAsync_WhileHeld_IsRefusedUntilItIsGivenBack()
    {
        HostLease first = await TakeAsync(TimeProvider.System);
        MlOpsException busy = await Assert.ThrowsAsync<MlOpsException>(() => TakeAsync(TimeProvider.System));
        Assert.Equal((ErrorKind.Unavailable, "storage-busy"), (busy.Kind, busy.Code));
        Assert.Contains("served by another process", busy.Message, StringComparison.Ordinal);

        await first.DisposeAsync();
        await using HostLease second = await TakeAsync(TimeProvider.System);
        Assert.False(second.Lost.IsCancellationRequested);
    }

    [SkippableFact]
    public async Task Lost_LeaseBrokenFromOutside_IsCancelledAtTheNextBeat()
    {
        var time = new ManualTimeProvider();
        await using HostLease lease = await TakeAsync(time);
        var lost = new TaskCompletionSource();
        using CancellationTokenRegistration told = lease.Lost.Register(lost.SetResult);
        BlobLeaseClient other = azurite.Connection.Blobs(new AzureStorageOptions())
            .GetBlobContainerClient("host").GetBlobClient("journaled-engine").GetBlobLeaseClient();
        await other.BreakAsync(TimeSpan.Zero);

        time.Advance(Beat);

        await lost.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [SkippableFact]
    public async Task ClaimAsync_AccountOfTheOtherEngine_IsRefused()
    {
        var tables = new AzureEntityTable(azurite.Connection.Tables(new AzureStorageOptions()));
        await WorkflowEngine.ClaimAsync(tables, WorkflowEngine.Journaled, default);
        await WorkflowEngine.ClaimAsync(tables, WorkflowEngine.Journaled, default);

        MlOpsException refused = await Assert.ThrowsAsync<MlOpsException>(() => WorkflowEngine.ClaimAsync(tables, WorkflowEngine.Durable, default));
        Assert.Equal((ErrorKind.Conflict, "storage-engine"), (refused.Kind, refused.Code));
        Assert.Contains("belong to the journaled engine", refused.Message, StringComparison.Ordinal);
    }

    private Task<HostLease> TakeAsync(TimeProvider time) => HostLease.TakeAsync(azurite.Connection, time, default);
}
