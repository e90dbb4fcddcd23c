using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace MlOps.Bench.Tracking;

/// <summary>MLflow's calls over one connection that stays open.</summary>
internal sealed class TrackingClient : IDisposable
{
    private readonly HttpClient _http;

    public TrackingClient(string url) => _http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 1, PooledConnectionIdleTimeout = TimeSpan.FromMinutes(5) })
    {
        BaseAddress = new Uri(url + "/api/2.0/mlflow/"),
        Timeout = TimeSpan.FromMinutes(5),
    };

    public async Task<bool> IsThereAsync()
    {
        try
        {
            using HttpResponseMessage answer = await _http.GetAsync("experiments/search?max_results=1");
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    public async Task<string> NewExperimentAsync(string name)
    {
        using JsonDocument made = await PostAsync("experiments/create", $$"""{"name":"{{name}}"}""");
        return made.RootElement.GetProperty("experiment_id").GetString()!;
    }

    public async Task<string> NewRunAsync(string experiment, long start)
    {
        using JsonDocument made = await PostAsync("runs/create", $$"""{"experiment_id":"{{experiment}}","start_time":{{1_700_000_000_000 + start}}}""");
        return made.RootElement.GetProperty("run").GetProperty("info").GetProperty("run_id").GetString()!;
    }

    public Task LogMetricAsync(string run, string key, long step) => SendAsync("runs/log-metric", Encoding.UTF8.GetBytes(Metric(run, key, step)));

    /// <summary>The body of a call of log-metric.</summary>
    public static string Metric(string run, string key, long step) =>
        $$"""{"run_id":"{{run}}","key":"{{key}}","value":{{step}}.5,"timestamp":{{1_700_000_000_000 + step}},"step":{{step}}}""";

    /// <param name="metrics">Over how many the points are spread.</param>
    /// <param name="seed">Batches of other seeds have other steps and values.</param>
    public static byte[] Batch(string run, int seed, int metrics, int points)
    {
        var json = new StringBuilder($$"""{"run_id":"{{run}}","metrics":[""");
        for (int i = 0; i < points; i++)
            json.Append(CultureInfo.InvariantCulture, $$"""{{(i == 0 ? "" : ",")}}{"key":"m{{i % metrics}}","value":{{((seed * 7919L) + (i * 31)) % 1000 / 1000.0}},"timestamp":{{1_700_000_000_000 + (seed * (long)points) + i}},"step":{{(seed * (long)points) + i}}}""");
        return Encoding.UTF8.GetBytes(json.Append("]}").ToString());
    }

    public Task LogBatchAsync(byte[] batch) => SendAsync("runs/log-batch", batch);

    /// <returns>The token of the next page, or null.</returns>
    public async Task<string?> SearchAsync(string experiment, int most, string more)
    {
        byte[] answer = await SendAsync("runs/search", Encoding.UTF8.GetBytes($$"""{"experiment_ids":["{{experiment}}"],"max_results":{{most}}{{more}}}"""));
        // It stands at the end, and to read all of a page would be the client's time.
        ReadOnlySpan<byte> end = answer.AsSpan(Math.Max(0, answer.Length - 4_096));
        int at = end.LastIndexOf("\"next_page_token\""u8);
        if (at < 0)
            return null;
        string rest = Encoding.UTF8.GetString(end[at..]);
        return rest.Split('"')[3];
    }

    public Task<byte[]> GetAsync(string pathAndQuery) => _http.GetByteArrayAsync(pathAndQuery);

    public async Task UploadAsync(string path, Stream content)
    {
        using var body = new StreamContent(content, 1 << 20);
        // Told: MLflow takes no body of unknown length.
        body.Headers.ContentLength = content.Length;
        using HttpResponseMessage answer = await _http.PutAsync(path, body);
        answer.EnsureSuccessStatusCode();
    }

    public async Task<long> DownloadAsync(string path)
    {
        using HttpResponseMessage answer = await _http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead);
        await using Stream content = await answer.EnsureSuccessStatusCode().Content.ReadAsStreamAsync();
        byte[] buffer = new byte[1 << 20];
        long all = 0;
        while (await content.ReadAsync(buffer) is > 0 and int read)
            all += read;
        return all;
    }

    public void Dispose() => _http.Dispose();

    private async Task<JsonDocument> PostAsync(string path, string body) => JsonDocument.Parse(await SendAsync(path, Encoding.UTF8.GetBytes(body)));

    private async Task<byte[]> SendAsync(string path, byte[] body)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using HttpResponseMessage answer = await _http.PostAsync(path, content);
        byte[] bytes = await answer.Content.ReadAsByteArrayAsync();
        return answer.IsSuccessStatusCode ? bytes : throw new HttpRequestException($"{path}: {(int)answer.StatusCode} {Encoding.UTF8.GetString(bytes)}");
    }
}
