using Azure;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using BlobInfo = MlOps.Domain.Storage.BlobInfo;

namespace MlOps.Azure.Storage;

/// <summary>The SDK's view of a blob in our words.</summary>
internal static class BlobClients
{
    /// <summary>Null when there is no such blob or container.</summary>
    public static async Task<BlobProperties?> PropertiesAsync(this BlobBaseClient blob, CancellationToken cancellationToken)
    {
        try
        {
            return (await blob.GetPropertiesAsync(cancellationToken: cancellationToken)).Value;
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return null;
        }
    }

    /// <summary>Without the quotes, which headers have and listings have not.</summary>
    public static string Text(this ETag etag) => etag.ToString().Trim('"');

    public static BlobInfo Describe(this BlobProperties found, string path) =>
        new(path, found.ContentLength, found.ETag.Text(), found.LastModified, BlobMetadata.Read(found.Metadata));

    public static BlobInfo Describe(this BlobItem found) =>
        new(found.Name, found.Properties.ContentLength ?? 0, found.Properties.ETag?.Text() ?? "", found.Properties.LastModified ?? default, BlobMetadata.Read(found.Metadata));
}
