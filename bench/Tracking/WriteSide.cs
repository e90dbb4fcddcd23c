using System.Diagnostics;

namespace MlOps.Bench.Tracking;

/// <summary>How much of each call a turn makes.</summary>
/// <param name="Warm">Calls before the first turn.</param>
internal sealed record WriteCounts(int Warm, int Singles, int Batches);

/// <summary>One of the servers that <see cref="WriteBench"/> measures, with its clients and what it took.</summary>
internal sealed class WriteSide : IDisposable
{
    private const int Clients = 8;
    private const int Points = 1_000;

    // Of each batch; as a training loop has them.
    private const int Metrics = 10;

    private readonly TrackingPlace _place;
    private readonly string _data;
    private readonly TrackedServer _server;
    private readonly TrackingClient[] _clients;
    private readonly Gauge _gauge;
    private readonly WriteCounts _counts;
    private readonly Dictionary<string, List<double>> _seconds = [];
    private readonly Dictionary<string, double> _cpu = [];
    private readonly List<double> _waits = [];
    private string _experiment = "";
    private string[] _runs = [];

    private WriteSide(string name, TrackingPlace place, Func<string, TrackedServer> start, WriteCounts counts)
    {
        (_place, _counts, _data) = (place, counts, place.NewData());
        _server = start(_data);
        _clients = [.. Enumerable.Range(0, Clients).Select(_ => new TrackingClient(_server.Url))];
        _gauge = new Gauge(name, _server);
    }

    /// <summary>By call, of each turn: seconds of a call, or of a point.</summary>
    public IReadOnlyDictionary<string, List<double>> Seconds => _seconds;

    public static async Task<WriteSide> StartAsync(string name, TrackingPlace place, Func<string, TrackedServer> start, WriteCounts counts)
    {
        var side = new WriteSide(name, place, start, counts);
        TimeSpan answered = await side._server.AnsweredAsync(side._clients[0]);
        side._gauge.Say("start to first answer, no data", answered.TotalSeconds, side._server.CpuSeconds());
        return side;
    }

    public async Task WarmAsync()
    {
        _experiment = await _clients[0].NewExperimentAsync("write");
        _runs = await Task.WhenAll(_clients.Select((c, i) => c.NewRunAsync(_experiment, i)));
        await EachAsync("warm", 0, _counts.Warm / Clients);
    }

    public async Task TurnAsync(int turn)
    {
        int creates = _counts.Singles / 3;
        await TakeAsync("create a run, one client", creates, async () =>
        {
            for (int i = 0; i < creates; i++)
                await _clients[0].NewRunAsync(_experiment, Clients + (turn * creates) + i);
        });
        await TakeAsync("log-metric, one client", _counts.Singles, () =>
        {
            // Of the turn: MLflow's server closes one that nobody uses for 5 s.
            using var alone = new PlainConnection(_server.Url);
            for (int i = 0; i < _counts.Singles; i++)
                alone.Post("/api/2.0/mlflow/runs/log-metric", TrackingClient.Metric(_runs[0], "one", (turn * _counts.Singles) + i));
            return Task.CompletedTask;
        });
        int each = _counts.Singles * 2 / Clients;
        await TakeAsync($"log-metric, {Clients} clients", each * Clients, async () => _waits.AddRange((await EachAsync("many", turn * each, each)).SelectMany(w => w)));
        await BatchesAsync($"log-batch of {Points:N0} points of {Metrics} metrics, one client, a point", turn, Metrics, _counts.Batches);
        await BatchesAsync($"log-batch of {Points:N0} metrics, one client, a point", turn, Points, Math.Max(1, _counts.Batches / 3));
    }

    /// <summary>The median time of the turns, and the processor time of all of them.</summary>
    public void Say()
    {
        foreach ((string call, List<double> seconds) in _seconds)
        {
            _gauge.Say(call, seconds.Order().ElementAt(seconds.Count / 2), _cpu[call] / seconds.Count);
            // Means hide a client that waits while the others are answered.
            if (call.EndsWith($"{Clients} clients", StringComparison.Ordinal))
            {
                double[] waits = [.. _waits.Order()];
                _gauge.Say($"{call}, 99 of 100 take at most", waits[(int)(waits.Length * 0.99)], 0);
                _gauge.Say($"{call}, the longest", waits[^1], 0);
            }
        }
    }

    public void Dispose()
    {
        Array.ForEach(_clients, c => c.Dispose());
        _server.Dispose();
        _place.Remove(_data);
    }

    private async Task BatchesAsync(string call, int turn, int metrics, int batches)
    {
        string run = await _clients[0].NewRunAsync(_experiment, -1 - turn);
        // Made before: to write their text would be the client's time.
        byte[][] bodies = [.. Enumerable.Range(0, batches + 1).Select(b => TrackingClient.Batch(run, b, metrics, Points))];
        await _clients[0].LogBatchAsync(bodies[batches]);
        await TakeAsync(call, batches * Points, async () =>
        {
            for (int b = 0; b < batches; b++)
                await _clients[0].LogBatchAsync(bodies[b]);
        });
    }

    private Task<double[][]> EachAsync(string key, int from, int times) => Task.WhenAll(Enumerable.Range(0, Clients).Select(c => SinglesAsync(c, key, from, times)));

    /// <returns>Seconds of each call.</returns>
    private async Task<double[]> SinglesAsync(int client, string key, int from, int times)
    {
        double[] seconds = new double[times];
        for (int i = 0; i < times; i++)
        {
            long begun = Stopwatch.GetTimestamp();
            await _clients[client].LogMetricAsync(_runs[client], key, from + i);
            seconds[i] = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        }

        return seconds;
    }

    private async Task TakeAsync(string call, int count, Func<Task> act)
    {
        double cpu = _server.CpuSeconds();
        var watch = Stopwatch.StartNew();
        await act();
        if (!_seconds.TryGetValue(call, out List<double>? seconds))
            _seconds[call] = seconds = [];
        seconds.Add(watch.Elapsed.TotalSeconds / count);
        _cpu[call] = _cpu.GetValueOrDefault(call) + ((_server.CpuSeconds() - cpu) / count);
    }
}
