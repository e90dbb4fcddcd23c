using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using MlOps.Contracts;

namespace MlOps.EndToEnd;

/// <summary>
/// A batch prediction whose process is killed with SIGKILL between its partitions goes on when there is a process again: what was scored
/// stays, every row is in the output once, and the bytes are those of a batch that nobody disturbed.
/// </summary>
public sealed class KilledBatchTests : IAsyncLifetime
{
    private const int Rows = 24_000;
    private const int RowsAPart = 400;
    private const int Parts = Rows / RowsAPart;

    /// <summary>Parts that are there when the process is killed, at least.</summary>
    private const int Before = 3;

    private const int Attempts = 20;

    private const string Pipeline = """
        name: parity
        dataset: rows
        task: binary
        target: odd
        trainer: { use: linear }
        rollout: { strategy: direct }
        """;

    private readonly TempDirectory _folder = new();

    private string Data => _folder["data"];

    public async Task InitializeAsync()
    {
        await File.WriteAllLinesAsync(
            _folder["rows.csv"],
            Enumerable.Range(0, Rows).Select(i => string.Create(CultureInfo.InvariantCulture, $"{i},{i * 7919 % 1000},{(i * 7919 % 1000 < 400 ? "yes" : "no")}")).Prepend("row,number,odd"));
        await File.WriteAllTextAsync(_folder["parity.yaml"], Pipeline);
        await MlopsCommand.RunAsync("--data", Data, "pipeline", "run", _folder["parity.yaml"], "--input", _folder["rows.csv"]);
    }

    public Task DisposeAsync()
    {
        _folder.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Kill_OfTheServerInTheMiddleOfABatch_IsMadeGoodByTheNextOne()
    {
        string id = "", key = "", folder = "";
        Dictionary<string, DateTime> scored = [];
        await UntilInTheMiddleAsync(async attempt =>
        {
            string[] before = Folders();
            using ServerProcess server = await ServerProcess.StartAsync(Data);
            using HttpClient http = ClientOf(server);
            id = await StartAsync(http, key = $"tonight-{attempt}");
            await Eventually.TrueAsync(async () => (await StateAsync(http, id)).GetProperty("partsDone").GetInt32() >= Before, "some partitions are scored");
            folder = Folders().Except(before).Single();
            scored = WrittenParts(folder);
            server.Kill();
            return folder;
        });

        using ServerProcess again = await ServerProcess.StartAsync(Data);
        using HttpClient client = ClientOf(again);
        Assert.Equal(id, await StartAsync(client, key));
        await EndAsync(client, id);
        Dictionary<string, DateTime> all = WrittenParts(folder);
        string calm = await StartAsync(client, "undisturbed");
        await EndAsync(client, calm);

        Assert.Equal(Parts, all.Count);
        // The one that was under way may have been written and not yet noted down; those before it are not touched again.
        Assert.All(scored.OrderBy(p => p.Key, StringComparer.Ordinal).Take(Before), part => Assert.Equal(part.Value, all[part.Key]));
        AssertEveryRowOnce(await client.GetStringAsync($"batch-predictions/{id}/output"));
        foreach (string part in all.Keys.Select(p => $"/{Path.GetFileName(p)}").Prepend(""))
            Assert.Equal(await client.GetByteArrayAsync($"batch-predictions/{calm}/output{part}"), await client.GetByteArrayAsync($"batch-predictions/{id}/output{part}"));
    }

    [Fact]
    public async Task Kill_OfPredictInTheMiddleOfABatch_IsMadeGoodByTheSameCommand()
    {
        string[] Predict(string key, string file) =>
        [
            "--data", Data, "predict", "--model", "parity@champion", "--dataset", "rows@1", "--columns", "all", "--parallel", "1",
            "--partition-rows", RowsAPart.ToString(CultureInfo.InvariantCulture), "--once", key, "--out", _folder[file],
        ];
        string folder = "", key = "";
        await UntilInTheMiddleAsync(async attempt =>
        {
            File.Delete(_folder["out.csv"]);
            string[] before = Folders();
            using MlopsProcess first = MlopsProcess.Start(Predict(key = $"tonight-{attempt}", "out.csv"));
            await Eventually.TrueAsync(() => Folders().Except(before).SingleOrDefault() is { } made && WrittenParts(folder = made).Count >= Before, "some partitions are scored");
            first.Kill();
            return folder;
        });

        Assert.False(File.Exists(_folder["out.csv"]));
        await MlopsCommand.RunAsync(Predict(key, "out.csv"));
        Assert.Equal(Parts, WrittenParts(folder).Count);
        await MlopsCommand.RunAsync(Predict("undisturbed", "calm.csv"));

        AssertEveryRowOnce(await File.ReadAllTextAsync(_folder["out.csv"]));
        Assert.Equal(await File.ReadAllBytesAsync(_folder["calm.csv"]), await File.ReadAllBytesAsync(_folder["out.csv"]));
    }

    /// <summary>Who kills may come too late, on a machine that does much else: then another batch is begun, until some of the parts are there, not all, and no manifest that says that the output is whole.</summary>
    /// <param name="killAsync">Begins a batch, kills its process, and says in which folder it is.</param>
    private async Task UntilInTheMiddleAsync(Func<int, Task<string>> killAsync)
    {
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            string folder = await killAsync(attempt);
            int parts = WrittenParts(folder).Count;
            Assert.InRange(parts, Before, Parts);
            if (parts < Parts && !File.Exists(Path.Combine(Batches, folder, "manifest.json")))
                return;
        }

        Assert.Fail($"{Attempts} times all was done before the process was killed");
    }

    private static void AssertEveryRowOnce(string csv)
    {
        string[] lines = csv.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("row,number,odd,prediction,p_no,p_yes", lines[0].TrimEnd('\r'));
        Assert.Equal(Enumerable.Range(0, Rows), lines.Skip(1).Select(l => int.Parse(l.Split(',')[0], CultureInfo.InvariantCulture)));
    }

    private string Batches => Path.Combine(Data, "blobs", "batch");

    private string[] Folders() => Directory.Exists(Batches) ? [.. Directory.EnumerateDirectories(Batches).Select(folder => Path.GetFileName(folder))] : [];

    /// <summary>The partitions of a batch that are written, and when.</summary>
    private Dictionary<string, DateTime> WrittenParts(string batch) => Folders().Contains(batch)
        ? Directory.EnumerateFiles(Path.Combine(Batches, batch), "part-*.csv").ToDictionary(p => p, File.GetLastWriteTimeUtc)
        : [];

    private static async Task<string> StartAsync(HttpClient http, string key)
    {
        using var asked = new HttpRequestMessage(HttpMethod.Post, "batch-predictions")
        {
            Content = JsonContent.Create(new { model = "parity@champion", dataset = "rows@1", columns = "all", partitionRows = RowsAPart, parallel = 1 }),
        };
        asked.Headers.Add("idempotency-key", key);
        using HttpResponseMessage answer = await http.SendAsync(asked);
        return (await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!;
    }

    private static Task<JsonElement> StateAsync(HttpClient http, string id) => http.GetFromJsonAsync<JsonElement>($"batch-predictions/{id}");

    private static async Task EndAsync(HttpClient http, string id)
    {
        await Eventually.TrueAsync(async () => (await StateAsync(http, id)).GetProperty("state").GetString() != "running", "the batch has ended");
        JsonElement end = await StateAsync(http, id);
        Assert.Equal(("succeeded", Rows), (end.GetProperty("state").GetString()!, end.GetProperty("rowsDone").GetInt32()));
    }

    private static HttpClient ClientOf(ServerProcess server) => new() { BaseAddress = new Uri(server.Url, "/api/v1/") };
}
