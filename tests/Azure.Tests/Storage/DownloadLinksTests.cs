using System.Globalization;
using System.Net;
using System.Web;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Storage.Blobs;
using MlOps.Azure.Storage;
using MlOps.Contracts;
using MlOps.Domain.Storage;

namespace MlOps.Azure.Tests.Storage;

/// <summary>Links of an identity without an account key, which the emulator does not know: the service's answer is written by hand.</summary>
public sealed class DownloadLinksTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 8, 0, 0, TimeSpan.Zero);

    private readonly ManualTimeProvider _clock = new(Now);
    private readonly KeyLender _service = new();

    [Fact]
    public async Task Link_OfAnIdentity_ReadsOneBlobForAWhile()
    {
        Uri link = (await Store().DownloadUrlAsync("models", "a b/c.bin", TimeSpan.FromMinutes(15), "c.bin", default))!;

        var query = HttpUtility.ParseQueryString(link.Query);
        Assert.Equal("https://acme.blob.core.windows.net/models/a%20b/c.bin", link.GetLeftPart(UriPartial.Path));
        Assert.Equal(("r", "b", "2026-11-21T07:55:00Z", "2026-11-21T08:15:00Z"), (query["sp"], query["sr"], query["st"], query["se"]));
        Assert.Equal("11111111-1111-1111-1111-111111111111", query["skoid"]);
        Assert.Equal(("https", "attachment; filename*=UTF-8''c.bin"), (query["spr"], query["rscd"]));
        Assert.NotNull(query["sig"]);
    }

    [Fact]
    public async Task Links_WithinTheLifeOfAKey_AskForItOnce()
    {
        AzureBlobStore store = Store();
        for (int i = 0; i < 3; i++)
            await store.DownloadUrlAsync("models", $"{i}", TimeSpan.FromMinutes(15), "c.bin", default);
        Assert.Equal(1, _service.Lent);

        _clock.Advance(TimeSpan.FromHours(2));
        await store.DownloadUrlAsync("models", "late", TimeSpan.FromMinutes(15), "c.bin", default);
        Assert.Equal(2, _service.Lent);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(7 * 24 * 60)]
    public Task Link_TooShortOrLong_IsInvalid(int minutes) => Refused.AsAsync(
        ErrorKind.Invalid, "blob-link", () => Store().DownloadUrlAsync("models", "a", TimeSpan.FromMinutes(minutes), "a", default));

    [Fact]
    public async Task Link_WithoutTheRole_IsUnavailableAndSaysSo()
    {
        _service.Refuses = true;

        MlOpsException refused = await Refused.AsAsync(
            ErrorKind.Unavailable, "storage-unavailable", () => Store().DownloadUrlAsync("models", "a", TimeSpan.FromMinutes(1), "a", default));

        Assert.Contains("role", refused.Message);
    }

    private AzureBlobStore Store()
    {
        TokenCredential token = DelegatedTokenCredential.Create((_, _) => new AccessToken("token", DateTimeOffset.MaxValue));
        var account = new Uri("https://acme.blob.core.windows.net/");
        var options = new BlobClientOptions { Transport = new HttpClientTransport(_service) };
        return new(new AzureConnection(account, account, token).Blobs(options), new AzureStorageOptions(), _clock);
    }

    private sealed class KeyLender : HttpMessageHandler
    {
        public int Lent { get; private set; }

        public bool Refuses { get; set; }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Assert.Contains("comp=userdelegationkey", request.RequestUri!.Query);
            Assert.Equal("Bearer token", request.Headers.Authorization!.ToString());
            if (Refuses)
                return new HttpResponseMessage(HttpStatusCode.Forbidden);
            Lent++;
            string asked = await request.Content!.ReadAsStringAsync(cancellationToken);
            string expiry = asked.Split("<Expiry>")[1].Split("</Expiry>")[0];
            return new HttpResponseMessage(HttpStatusCode.OK)
            {
                Content = new StringContent(
                    "<?xml version=\"1.0\" encoding=\"utf-8\"?><UserDelegationKey><SignedOid>11111111-1111-1111-1111-111111111111</SignedOid>"
                    + "<SignedTid>22222222-2222-2222-2222-222222222222</SignedTid><SignedStart>" + Now.AddMinutes(-5).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture)
                    + $"</SignedStart><SignedExpiry>{expiry}</SignedExpiry><SignedService>b</SignedService><SignedVersion>2020-02-10</SignedVersion>"
                    + "<Value>c2VjcmV0c2VjcmV0c2VjcmV0</Value></UserDelegationKey>", null, "application/xml"),
            };
        }
    }
}
