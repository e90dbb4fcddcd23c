using MlOps.Azure.Uploads;

namespace MlOps.Azure.Tests.Functions;

public sealed class UploadEventTests
{
    private const string Event = """
        {"topic": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a",
         "subject": "/blobServices/default/containers/datasets/blobs/shop/inbox/july 1.csv",
         "eventType": "Microsoft.Storage.BlobCreated", "id": "1", "eventTime": "2026-07-01T00:00:00Z", "dataVersion": "", "metadataVersion": "1",
         "data": {"api": "PutBlob", "eTag": "0x8D", "contentLength": 12, "blobType": "BlockBlob", "url": "https://a.blob.core.windows.net/datasets/shop/inbox/july%201.csv"}}
        """;

    [Fact]
    public void BlobOf_Upload_IsItsPathInTheContainer() => Assert.Equal("shop/inbox/july 1.csv", UploadEvent.BlobOf(Event));

    [Theory]
    [InlineData("BlobCreated", "BlobDeleted")]
    [InlineData("containers/datasets", "containers/models")]
    public void BlobOf_AnotherEvent_IsNone(string from, string to) => Assert.Null(UploadEvent.BlobOf(Event.Replace(from, to, StringComparison.Ordinal)));

    [Theory]
    [InlineData("")]
    [InlineData("hello")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"subject\": 1}")]
    public void BlobOf_NoEvent_IsAnError(string message) => Assert.Equal("upload-event", Assert.Throws<MlOpsException>(() => UploadEvent.BlobOf(message)).Code);
}
