using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using MlOps.Contracts;
using MlOps.Server;

namespace MlOps.EndToEnd;

/// <summary>The whole host on a data directory: a file in the inbox becomes a served model, which a restart does not lose.</summary>
public sealed class InboxToPredictionTests : IDisposable
{
    private const string Pipeline = """
        name: churn
        dataset: telco
        task: binary
        target: churn
        trainer: { use: linear }
        rollout: { strategy: direct }
        trigger: { newData: true }
        """;

    private const string Customer = """
        {"dataframe_records": [{"female": 1, "senior_citizen": 0, "partner": 1, "dependents": 0, "tenure": 1, "phone_service": 0,
        "multiple_lines": "No phone service", "internet_service": "DSL", "online_security": "No", "online_backup": "Yes",
        "device_protection": "No", "tech_support": "No", "streaming_tv": "No", "streaming_movies": "No", "contract": "Month-to-month",
        "paperless_billing": 1, "payment_method": "Electronic check", "monthly_charges": 29.85, "total_charges": 29.85}]}
        """;

    private readonly TempDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task AFileInTheInbox_StartsThePipelineThatDeclaresIt_AndTheModelServesAlsoAfterARestart()
    {
        await using (MlOpsServer server = await StartAsync())
        {
            using var http = new HttpClient { BaseAddress = new Uri(server.Urls[0]) };
            using HttpResponseMessage registered = await http.PostAsync("/api/v1/pipelines", new StringContent(Pipeline, Encoding.UTF8, "text/yaml"));
            Assert.True(registered.IsSuccessStatusCode, await registered.Content.ReadAsStringAsync());

            string inbox = Directory.CreateDirectory(Path.Combine(_folder["data"], "inbox", "telco")).FullName;
            File.Copy(Path.Combine(AppContext.BaseDirectory, "samples", "data", "telco-churn.csv"), Path.Combine(inbox, "churn.csv"));

            await Eventually.TrueAsync(async () => (await http.GetAsync("/api/v1/models/churn/versions/champion")).StatusCode == HttpStatusCode.OK, "there is a champion", every: TimeSpan.FromMilliseconds(100));
            await Eventually.TrueAsync(() => !File.Exists(Path.Combine(inbox, "churn.csv")), "the file is taken");
            Assert.Single(Directory.EnumerateFiles(Path.Combine(inbox, "processed")));
            await PredictAsync(http);
        }

        await using (MlOpsServer again = await StartAsync())
        {
            using var http = new HttpClient { BaseAddress = new Uri(again.Urls[0]) };
            await PredictAsync(http);
        }
    }

    [Fact]
    public async Task ASecondServer_OnTheSameDirectory_IsRefusedAndNamesTheFirst()
    {
        await using MlOpsServer server = await StartAsync();

        MlOpsException refused = await Assert.ThrowsAsync<MlOpsException>(StartAsync);

        Assert.Equal("data-directory-busy", refused.Code);
        Assert.Contains(server.Urls[0], refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task APortThatIsTaken_IsSaidSo_AndTheDirectoryIsFreeAgain()
    {
        await using MlOpsServer server = await StartAsync();
        var other = new ServerOptions { Data = new DataDirectory(_folder["other"]), Urls = [server.Urls[0]] };

        MlOpsException refused = await Assert.ThrowsAsync<MlOpsException>(() => MlOpsServer.StartAsync(other, default));

        Assert.Equal("binding-busy", refused.Code);
        await using MlOpsServer free = await MlOpsServer.StartAsync(other with { Urls = [] }, default);
    }

    private Task<MlOpsServer> StartAsync() =>
        MlOpsServer.StartAsync(new ServerOptions { Data = new DataDirectory(_folder["data"]), Urls = ["http://127.0.0.1:0"], Tick = TimeSpan.FromMilliseconds(200) }, default);

    private static async Task PredictAsync(HttpClient http)
    {
        using HttpResponseMessage response = await http.PostAsync("/invocations", new StringContent(Customer, Encoding.UTF8, "application/json"));
        string body = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, body);
        Assert.Single(JsonNode.Parse(body)!["predictions"]!.AsArray());
    }
}
