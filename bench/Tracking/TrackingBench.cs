using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using MlOps.Server;

namespace MlOps.Bench.Tracking;

/// <summary>
/// MLflow's calls over HTTP against a server in this process, so that CPU time and memory are those of server and client together: an
/// upper bound. Arguments: [runs = 10000] [directory = the current one].
/// </summary>
internal static class TrackingBench
{
    private const int Metrics = 100;
    private const int Clients = 8;

    public static async Task RunAsync(string[] args)
    {
        int runs = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 10_000;
        string directory = Path.Combine(args.Length > 1 ? args[1] : ".", "bench-tracking-" + Guid.NewGuid().ToString("N"));
        try
        {
            await using MlOpsServer server = await MlOpsServer.StartAsync(
                new ServerOptions { Data = new DataDirectory(Path.GetFullPath(directory)), Urls = ["http://127.0.0.1:0"], Timers = false }, default);
            using var http = new HttpClient { BaseAddress = new Uri(server.Urls[0] + "/api/2.0/mlflow/") };
            await MeasureAsync(http, runs);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task MeasureAsync(HttpClient http, int runs)
    {
        Console.WriteLine("| call | each | CPU each | a second |");
        Console.WriteLine("| --- | ---: | ---: | ---: |");
        string experiment = (await PostAsync(http, "experiments/create", """{"name":"bench"}""")).GetProperty("experiment_id").GetString()!;
        await TimeAsync($"create a run and log {Metrics} metrics to it, {Clients} clients", runs, () => FillAsync(http, experiment, runs));
        string run = await CreateAsync(http, experiment, runs);
        await TimeAsync("log-metric, one client", 1_000, () => RepeatAsync(1_000, i => PostAsync(http, "runs/log-metric", $$"""{"run_id":"{{run}}","key":"one","value":{{i}},"timestamp":{{i}},"step":{{i}}}""")));
        await TimeAsync($"log-metric, {Clients} clients", 4_000, () => Task.WhenAll(Enumerable.Range(0, Clients).Select(async c =>
        {
            string own = await CreateAsync(http, experiment, runs + 1 + c);
            await RepeatAsync(4_000 / Clients, i => PostAsync(http, "runs/log-metric", $$"""{"run_id":"{{own}}","key":"one","value":{{i}},"timestamp":{{i}},"step":{{i}}}"""));
        })));
        await TimeAsync("log-batch of 1,000 points of 10 metrics, a point", 200_000, () => RepeatAsync(200, b => PostAsync(http, "runs/log-batch", Batch(run, b, 10, 1_000))));
        await TimeAsync("first search", 1, () => SearchAsync(http, experiment, 1, ""));
        await TimeAsync("search by a metric, ordered by another, 100 back", 50, () => RepeatAsync(50, _ => SearchAsync(http, experiment, 100, ""","filter":"metrics.m5 > 0.5","order_by":["metrics.m7 DESC"]""")));
        await TimeAsync("walk of all runs, pages of 1,000", 1, () => WalkAsync(http, experiment));
        await TimeAsync("history of 20,000 points", 5, () => RepeatAsync(5, _ => http.GetStringAsync($"metrics/get-history?run_id={run}&metric_key=m1")));
        await TimeAsync("the same, sampled", 5, () => RepeatAsync(5, _ => http.GetStringAsync($"metrics/get-history-bulk-interval?run_ids={run}&metric_key=m1&max_results=300")));
        Console.WriteLine($"\nresident: {Process.GetCurrentProcess().WorkingSet64 >> 20} MB");
    }

    private static Task FillAsync(HttpClient http, string experiment, int runs) => Task.WhenAll(Enumerable.Range(0, Clients).Select(async client =>
    {
        for (int i = client; i < runs; i += Clients)
            await PostAsync(http, "runs/log-batch", Batch(await CreateAsync(http, experiment, i), i, Metrics, Metrics));
    }));

    private static async Task<string> CreateAsync(HttpClient http, string experiment, int i) =>
        (await PostAsync(http, "runs/create", $$"""{"experiment_id":"{{experiment}}","start_time":{{1_700_000_000_000 + i}}}""")).GetProperty("run").GetProperty("info").GetProperty("run_id").GetString()!;

    private static string Batch(string run, int seed, int metrics, int points)
    {
        var json = new StringBuilder($$"""{"run_id":"{{run}}","metrics":[""");
        for (int i = 0; i < points; i++)
            json.Append(CultureInfo.InvariantCulture, $$"""{{(i == 0 ? "" : ",")}}{"key":"m{{i % metrics}}","value":{{((seed * 7919L) + (i * 31)) % 1000 / 1000.0}},"timestamp":{{i}},"step":{{(seed * points) + i}}}""");
        return json.Append("]}").ToString();
    }

    private static Task<JsonElement> SearchAsync(HttpClient http, string experiment, int most, string more) =>
        PostAsync(http, "runs/search", $$"""{"experiment_ids":["{{experiment}}"],"max_results":{{most}}{{more}}}""");

    private static async Task WalkAsync(HttpClient http, string experiment)
    {
        string more = "";
        do
        {
            JsonElement page = await SearchAsync(http, experiment, 1_000, more);
            more = page.TryGetProperty("next_page_token", out JsonElement token) ? $",\"page_token\":\"{token.GetString()}\"" : "";
        }
        while (more.Length > 0);
    }

    private static async Task<JsonElement> PostAsync(HttpClient http, string path, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await http.PostAsync(path, content);
        return await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>();
    }

    private static async Task RepeatAsync(int times, Func<int, Task> act)
    {
        for (int i = 0; i < times; i++)
            await act(i);
    }

    private static async Task TimeAsync(string what, int count, Func<Task> act)
    {
        TimeSpan cpu = Process.GetCurrentProcess().TotalProcessorTime;
        var watch = Stopwatch.StartNew();
        await act();
        double seconds = watch.Elapsed.TotalSeconds;
        double used = (Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalSeconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {what} | {seconds * 1000 / count:0.###} ms | {used * 1000 / count:0.###} ms | {count / seconds:N0} |"));
    }
}
