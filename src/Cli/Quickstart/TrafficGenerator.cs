using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using MlOps.Learning.Tables;

namespace MlOps.Cli.Quickstart;

/// <summary>
/// Clients that send rows to the served model, a steady number a second, until stopped. It remembers which request had which true
/// answer, so that ground truth can be sent later.
/// </summary>
internal sealed class TrafficGenerator(HttpClient http, string model) : IAsyncDisposable
{
    private readonly ConcurrentQueue<(string RequestId, string Truth)> _truths = new();
    private readonly ConcurrentDictionary<string, int> _byVersion = new();
    private readonly ConcurrentQueue<double> _milliseconds = new();
    private readonly CancellationTokenSource _stop = new();
    private Table? _rows;
    private Task? _sending;
    private string? _firstError;
    private int _sent;
    private int _failed;

    public int Sent => _sent;

    public int Failed => _failed;

    public IReadOnlyDictionary<string, int> ByVersion => _byVersion;

    /// <summary>What went wrong first.</summary>
    public string? FirstError => _firstError;

    /// <exception cref="MlOpsException">Unavailable <c>quickstart-failed</c>: a prediction failed.</exception>
    public void Check()
    {
        if (Failed > 0)
            throw MlOpsException.Unavailable("quickstart-failed", $"quickstart: {Failed} of {Sent + Failed} predictions failed; the first: {FirstError}");
    }

    /// <summary>Sends rows of this table from now on.</summary>
    public void Send(Table rows, int perSecond)
    {
        _rows = rows;
        _sending ??= RunAsync(perSecond);
    }

    /// <summary>What was sent since the last call and what its true answers were.</summary>
    public IReadOnlyList<(string RequestId, string Truth)> TakeTruths()
    {
        var taken = new List<(string, string)>();
        while (_truths.TryDequeue(out (string, string) item))
            taken.Add(item);
        return taken;
    }

    /// <summary>Median and 95th percentile in milliseconds, as the clients saw them.</summary>
    public (double P50, double P95) Latency()
    {
        double[] sorted = [.. _milliseconds.Order()];
        return sorted.Length == 0 ? (0, 0) : (sorted[sorted.Length / 2], sorted[(int)(sorted.Length * 0.95)]);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (_sending is not null)
            await _sending;
        _stop.Dispose();
    }

    private async Task RunAsync(int perSecond)
    {
        using var beat = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / perSecond));
        var pending = new List<Task>();
        try
        {
            for (int i = 0; await beat.WaitForNextTickAsync(_stop.Token); i++)
            {
                pending.RemoveAll(t => t.IsCompleted);
                pending.Add(SendOneAsync(_rows!, i));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(pending);
        }
    }

    private async Task SendOneAsync(Table rows, int index)
    {
        int row = index % rows.RowCount;
        string id = $"quickstart-{index:D6}";
        long start = Stopwatch.GetTimestamp();
        try
        {
            using HttpResponseMessage response = await http.PostAsJsonAsync($"v2/models/{model}/infer", InferRequest.Of(rows, row, id));
            if (!response.IsSuccessStatusCode)
                throw new HttpRequestException($"{(int)response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
            JsonNode answer = (await response.Content.ReadFromJsonAsync<JsonNode>())!;
            _milliseconds.Enqueue(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            _byVersion.AddOrUpdate(answer["model_version"]!.GetValue<string>(), 1, (_, n) => n + 1);
            _truths.Enqueue((id, rows[SampleData.Target].Format(row)!));
            Interlocked.Increment(ref _sent);
        }
        catch (Exception e)
        {
            Interlocked.CompareExchange(ref _firstError, e.Message, null);
            Interlocked.Increment(ref _failed);
        }
    }
}
