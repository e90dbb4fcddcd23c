using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using MlOps.Azure.Storage;
using MlOps.Azure.Tests.Storage;
using MlOps.Domain;

namespace MlOps.Azure.Tests.Functions;

/// <summary>The app claims its account with the first request that needs it, and outlives that it cannot.</summary>
[Collection(WithAzurite.Name)]
public sealed class AccountClaimTests(Azurite azurite)
{
    private const string Secret = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ";

    [SkippableFact]
    public async Task Request_WhileRolesAreYoung_IsUnavailableAndThenAnswered()
    {
        await using YoungAccount account = await YoungAccount.StartAsync(azurite.DurableConnectionString.Split("TableEndpoint=")[1]);
        await using WorkerApp app = await StartAsync(account.Through(azurite.DurableConnectionString));

        using (HttpResponseMessage young = await AskAsync(app))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, young.StatusCode);
            Assert.Contains("storage-unavailable", await young.Content.ReadAsStringAsync());
        }

        account.Open = true;
        using HttpResponseMessage old = await AskAsync(app);
        Assert.Equal(HttpStatusCode.OK, old.StatusCode);
    }

    [SkippableFact]
    public async Task Request_OverTheAccountOfTheOtherEngine_IsRefused()
    {
        await WorkflowEngine.ClaimAsync(new AzureEntityTable(azurite.Connection.Tables(new AzureStorageOptions())), WorkflowEngine.Journaled, default);
        await using WorkerApp app = await StartAsync(azurite.ConnectionString);

        using HttpResponseMessage refused = await AskAsync(app);

        Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
        Assert.Contains("storage-engine", await refused.Content.ReadAsStringAsync());
    }

    private static Task<WorkerApp> StartAsync(string connection) => WorkerApp.StartAsync(new Dictionary<string, string?>
    {
        ["AzureWebJobsStorage"] = connection,
        ["MlOps:SetupTokenHash"] = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(Secret))),
    });

    private static Task<HttpResponseMessage> AskAsync(WorkerApp app) => app.SendAsync(
        new HttpRequestMessage(HttpMethod.Get, "/api/v1/models") { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", "mlops_setup_" + Secret) } });
}
