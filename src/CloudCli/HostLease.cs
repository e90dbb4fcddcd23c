using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Specialized;
using MlOps.Azure.Storage;

namespace MlOps.CloudCli;

/// <summary>
/// The right to be the one process that runs the journaled engine over a storage account: a lease on a blob, renewed until disposed.
/// A process that was killed loses it after <see cref="Length"/>.
/// </summary>
public sealed class HostLease : IAsyncDisposable
{
    /// <summary>The longest a service lends for a time.</summary>
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(15);

    /// <summary>Without an answer for so long the lease counts as lost; what is left of it is for stopping.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly AzureStorageOptions Quick = new() { Retries = 1, AttemptTimeout = TimeSpan.FromSeconds(5) };

    private readonly BlobLeaseClient _lease;
    private readonly TimeProvider _time;
    private readonly PeriodicTimer _beat;
    private readonly CancellationTokenSource _lost = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _renewing;

    private HostLease(BlobLeaseClient lease, TimeProvider time)
    {
        (_lease, _time, _beat) = (lease, time, new(Beat, time));
        _renewing = RenewAsync();
    }

    /// <summary>Cancelled when another process may have the lease.</summary>
    public CancellationToken Lost => _lost.Token;

    /// <exception cref="MlOpsException">Unavailable <c>storage-busy</c>: another process has it; <c>storage-unavailable</c>.</exception>
    public static Task<HostLease> TakeAsync(
        AzureConnection connection, TimeProvider time, CancellationToken cancellationToken) =>
        StorageFailures.GuardAsync("taking the lease of the storage account", () => TakeAsync(connection.Blobs(Quick), time, cancellationToken), cancellationToken);

    public async ValueTask DisposeAsync()
    {
        _beat.Dispose();
        await _stop.CancelAsync();
        await _renewing;
        await ReleaseAsync();
        _stop.Dispose();
        _lost.Dispose();
    }

    private static async Task<HostLease> TakeAsync(BlobServiceClient service, TimeProvider time, CancellationToken cancellationToken)
    {
        BlobContainerClient container = service.GetBlobContainerClient("host");
        await container.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
        BlobClient blob = container.GetBlobClient("journaled-engine");
        if (!await blob.ExistsAsync(cancellationToken))
            await MakeAsync(blob, cancellationToken);
        BlobLeaseClient lease = blob.GetBlobLeaseClient();
        try
        {
            await lease.AcquireAsync(Length, cancellationToken: cancellationToken);
        }
        catch (RequestFailedException e) when (e.Status == 409)
        {
            throw new MlOpsException(
                ErrorKind.Unavailable,
                "storage-busy",
                $"the storage account {service.AccountName} is served by another process; stop it first (one that was killed gives it up within {Length.TotalSeconds:0} s)",
                e);
        }

        return new HostLease(lease, time);
    }

    private static async Task MakeAsync(BlobClient blob, CancellationToken cancellationToken)
    {
        try
        {
            await blob.UploadAsync(BinaryData.Empty, overwrite: false, cancellationToken);
        }
        catch (RequestFailedException e) when (e.Status is 409 or 412)
        {
            // Another process made it just now.
        }
    }

    private async Task RenewAsync()
    {
        long renewed = _time.GetTimestamp();
        while (await _beat.WaitForNextTickAsync())
        {
            if (await TryRenewAsync())
                renewed = _time.GetTimestamp();
            else if (_time.GetElapsedTime(renewed) >= Patience)
                await _lost.CancelAsync();
        }
    }

    /// <returns>False when the service did not answer; a refusal is final.</returns>
    private async Task<bool> TryRenewAsync()
    {
        try
        {
            await _lease.RenewAsync(cancellationToken: _stop.Token);
            return true;
        }
        catch (RequestFailedException e) when (e.Status is 404 or 409 or 412)
        {
            await _lost.CancelAsync();
            return true;
        }
        catch (Exception)
        {
            return false;
        }
    }

    private async Task ReleaseAsync()
    {
        try
        {
            await _lease.ReleaseAsync();
        }
        catch (Exception e) when (e is RequestFailedException or AggregateException)
        {
            // It runs out by itself.
        }
    }
}
