using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json;
using MlOps.Contracts;

namespace MlOps.EndToEnd;

/// <summary>A server that is killed with SIGKILL while clients log to it has every write that it acknowledged.</summary>
public sealed class KilledServerTests : IDisposable
{
    private const int Clients = 4;
    private const int Points = 200;

    private readonly TempDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public async Task Kill_WhileClientsLog_LosesNothingThatWasAcknowledged(int pointsACall)
    {
        var acknowledged = new ConcurrentDictionary<string, int>();
        using (ServerProcess server = await ServerProcess.StartAsync(_folder["data"]))
        {
            Task writers = Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => LogAsync(server.Url, pointsACall, acknowledged)));
            await Task.WhenAny(writers, Eventually.TrueAsync(() => acknowledged.Values.Sum() >= Points, "enough is acknowledged"));
            Assert.False(writers.IsCompleted, "the clients ended before the server was killed");
            server.Kill();
            await writers;
        }

        using ServerProcess again = await ServerProcess.StartAsync(_folder["data"]);
        using HttpClient http = ClientOf(again.Url);
        Assert.True(acknowledged.Values.Sum() >= Points);
        foreach ((string run, int last) in acknowledged)
        {
            HashSet<int> steps = await StepsAsync(http, run);
            Assert.Subset(steps, Enumerable.Range(0, last + 1).ToHashSet());
            // A call is one write: of those that were not acknowledged all of it is there or nothing.
            Assert.Equal(0, steps.Count % pointsACall);
        }
    }

    /// <summary>Points at steps 0, 1, 2, ... until nobody answers.</summary>
    private static async Task LogAsync(Uri server, int pointsACall, ConcurrentDictionary<string, int> acknowledged)
    {
        using HttpClient http = ClientOf(server);
        try
        {
            JsonElement made = await PostAsync(http, "runs/create", new { experiment_id = "0" });
            string run = made.GetProperty("run").GetProperty("info").GetProperty("run_id").GetString()!;
            for (int step = 0; ; step += pointsACall)
            {
                var metrics = Enumerable.Range(step, pointsACall).Select(s => new { key = "loss", value = 0.5, timestamp = 1_700_000_000_000 + s, step = s });
                await PostAsync(http, "runs/log-batch", new { run_id = run, metrics });
                acknowledged[run] = step + pointsACall - 1;
            }
        }
        catch (HttpRequestException e) when (e.StatusCode is null)
        {
            // Killed: an answer that is broken off, or no connection.
        }
    }

    private static async Task<HashSet<int>> StepsAsync(HttpClient http, string run)
    {
        JsonElement history = await http.GetFromJsonAsync<JsonElement>($"metrics/get-history?run_id={run}&metric_key=loss");
        return [.. history.GetProperty("metrics").EnumerateArray().Select(m => m.GetProperty("step").GetInt32())];
    }

    private static async Task<JsonElement> PostAsync(HttpClient http, string path, object body)
    {
        using HttpResponseMessage answer = await http.PostAsJsonAsync(path, body);
        return await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>();
    }

    private static HttpClient ClientOf(Uri server) => new() { BaseAddress = new Uri(server, "/api/2.0/mlflow/") };
}
