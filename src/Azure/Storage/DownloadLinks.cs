using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Azure.Storage.Sas;

namespace MlOps.Azure.Storage;

/// <summary>
/// Links that read one blob for a while: signed by the account key where the connection has one, else by a key that the service lends
/// to the signed-in identity (role Storage Blob Delegator) and that is asked for again before it runs out.
/// </summary>
internal sealed class DownloadLinks(BlobServiceClient service, TimeProvider clock)
{
    /// <summary>As long as the service lends a key.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromDays(7);

    /// <summary>Clocks differ: a link begins a little before now.</summary>
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(5);

    private UserDelegationKey? _key;

    public async Task<Uri?> MakeAsync(BlockBlobClient blob, TimeSpan lifetime, string fileName, CancellationToken cancellationToken)
    {
        if (lifetime <= TimeSpan.Zero || lifetime > Longest - Skew)
            throw MlOpsException.Invalid("blob-link", $"a link of {lifetime}: more than nothing and less than 7 days are possible");
        DateTimeOffset now = clock.GetUtcNow();
        var link = new BlobSasBuilder(BlobSasPermissions.Read, now + lifetime)
        {
            BlobContainerName = blob.BlobContainerName,
            BlobName = blob.Name,
            Resource = "b",
            StartsOn = now - Skew,
            // The emulator alone has no other.
            Protocol = blob.Uri.Scheme == Uri.UriSchemeHttps ? SasProtocol.Https : SasProtocol.HttpsAndHttp,
            ContentType = "application/octet-stream",
            ContentDisposition = $"attachment; filename*=UTF-8''{Uri.EscapeDataString(fileName)}",
        };
        if (blob.CanGenerateSasUri)
            return blob.GenerateSasUri(link);
        UserDelegationKey key = await KeyAsync(now, now + lifetime, cancellationToken);
        return new BlobUriBuilder(blob.Uri) { Sas = link.ToSasQueryParameters(key, service.AccountName) }.ToUri();
    }

    private async Task<UserDelegationKey> KeyAsync(DateTimeOffset now, DateTimeOffset needed, CancellationToken cancellationToken)
    {
        if (_key is { } held && held.SignedExpiresOn >= needed)
            return held;
        DateTimeOffset end = needed + TimeSpan.FromHours(1) < now + Longest ? needed + TimeSpan.FromHours(1) : now + Longest - Skew;
        UserDelegationKey lent = (await service.GetUserDelegationKeyAsync(now - Skew, end, cancellationToken)).Value;
        _key = lent;
        return lent;
    }
}
