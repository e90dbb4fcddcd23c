using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using MlOps.Azure.Tests.Storage;
using MlOps.Domain.Datasets;
using MlOps.Domain.Storage;

namespace MlOps.Azure.Tests.Functions;

/// <summary>Large files do not pass through the app: the caller is sent to the account with a link of its own.</summary>
[Collection(WithAzurite.Name)]
public sealed class DownloadTests(Azurite azurite)
{
    private const string Secret = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ";

    [SkippableFact]
    public async Task Content_ThatIsLarge_IsReadFromTheAccountByALink()
    {
        await using WorkerApp app = await StartAsync();
        byte[] csv = Csv(Download.Large + 1);
        DatasetVersion version = await AddAsync(app, "large", csv);

        using HttpResponseMessage sent = await AskAsync(app, version);

        Assert.Equal(HttpStatusCode.Redirect, sent.StatusCode);
        Assert.True(sent.Headers.CacheControl!.NoStore);
        Assert.Contains("sig=", sent.Headers.Location!.Query);
        using var stranger = new HttpClient();
        using HttpResponseMessage read = await stranger.GetAsync(sent.Headers.Location);
        Assert.Equal(version.Digest, Convert.ToHexStringLower(SHA256.HashData(await read.Content.ReadAsByteArrayAsync())));
        Assert.Equal("large-1.csv", read.Content.Headers.ContentDisposition!.FileNameStar);
    }

    [SkippableFact]
    public async Task Content_ThatIsSmall_ComesFromTheApp()
    {
        await using WorkerApp app = await StartAsync();
        byte[] csv = Csv(1_000);

        using HttpResponseMessage sent = await AskAsync(app, await AddAsync(app, "small", csv));

        Assert.Equal(HttpStatusCode.OK, sent.StatusCode);
        Assert.Equal(csv, await sent.Content.ReadAsByteArrayAsync());
    }

    private Task<WorkerApp> StartAsync() => WorkerApp.StartAsync(new Dictionary<string, string?>
    {
        ["AzureWebJobsStorage"] = azurite.DurableConnectionString,
        ["MlOps:SetupTokenHash"] = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(Secret))),
    });

    private static async Task<DatasetVersion> AddAsync(WorkerApp app, string name, byte[] csv)
    {
        using var content = new MemoryStream(csv);
        return (await app.Cloud.Platform.Datasets.AddAsync(name, content, new DatasetAddOptions { Source = "test" }, default)).Version;
    }

    private static Task<HttpResponseMessage> AskAsync(WorkerApp app, DatasetVersion version) => app.SendAsync(
        new HttpRequestMessage(HttpMethod.Get, $"/api/v1/datasets/{version.Name}/versions/{version.Version}/content")
        {
            Headers = { Authorization = new AuthenticationHeaderValue("Bearer", "mlops_setup_" + Secret) },
        });

    /// <summary>One column of long texts: quick to read.</summary>
    private static byte[] Csv(long bytes)
    {
        const int Line = 500;
        var csv = new StringBuilder("text,n\n");
        for (int i = 0; csv.Length < bytes; i++)
            csv.Append(i).Append(' ').Append('x', Line).Append(",1\n");
        return Encoding.UTF8.GetBytes(csv.ToString());
    }
}
