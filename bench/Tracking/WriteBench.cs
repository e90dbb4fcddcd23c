using System.Diagnostics;

namespace MlOps.Bench.Tracking;

/// <summary>Points that are logged: a thousand a call by one client, one a call by one client and by eight.</summary>
internal sealed class WriteBench(TrackingPlace place)
{
    private const int Clients = 8;
    private const int Points = 1_000;

    // Of each batch; as a training loop has them.
    private const int Metrics = 10;

    public async Task RunAsync()
    {
        Gauge.Head();
        await MeasureAsync("mlops", place.Ours, new Counts(Warm: 3_000, Batches: 300, Singles: 3_000));
        if (place.HasPeer)
            await MeasureAsync("MLflow", place.Peer, new Counts(Warm: 20, Batches: 10, Singles: 100));
        Console.WriteLine();
    }

    private async Task MeasureAsync(string name, Func<string, TrackedServer> start, Counts counts)
    {
        string data = place.NewData();
        using (TrackedServer server = start(data))
        {
            TrackingClient[] clients = [.. Enumerable.Range(0, Clients).Select(_ => new TrackingClient(server.Url))];
            var gauge = new Gauge(name, server);
            TimeSpan answered = await server.AnsweredAsync(clients[0]);
            gauge.Say("start to first answer, no data", answered.TotalSeconds, server.CpuSeconds());
            await LogAsync(gauge, clients, counts);
            Array.ForEach(clients, c => c.Dispose());
        }

        place.Remove(data);
    }

    private static async Task LogAsync(Gauge gauge, TrackingClient[] clients, Counts counts)
    {
        string experiment = await clients[0].NewExperimentAsync("write");
        string[] runs = await Task.WhenAll(clients.Select((c, i) => c.NewRunAsync(experiment, i)));
        await Task.WhenAll(clients.Zip(runs, (c, run) => SinglesAsync(c, run, "warm", counts.Warm / Clients)));
        await gauge.AllAsync("create a run, one client", counts.Singles / 3, async () =>
        {
            for (int i = 0; i < counts.Singles / 3; i++)
                await clients[0].NewRunAsync(experiment, Clients + i);
        });
        await gauge.AllAsync("log-metric, one client", counts.Singles, () => SinglesAsync(clients[0], runs[0], "one", counts.Singles));
        // Means hide a client that waits while the others are answered.
        double[][] waits = [];
        await gauge.AllAsync($"log-metric, {Clients} clients", counts.Singles * 2, async () =>
            waits = await Task.WhenAll(clients.Zip(runs, (c, run) => SinglesAsync(c, run, "many", counts.Singles * 2 / Clients))));
        double[] sorted = [.. waits.SelectMany(w => w).Order()];
        gauge.Say($"log-metric, {Clients} clients, 99 of 100 take at most", sorted[(int)(sorted.Length * 0.99)], 0);
        gauge.Say($"log-metric, {Clients} clients, the longest", sorted[^1], 0);
        // Made before: to write their text would be the client's time.
        string many = await clients[0].NewRunAsync(experiment, -1);
        byte[][] batches = [.. Enumerable.Range(0, counts.Batches * 4 / 3).Select(b => TrackingClient.Batch(many, b, Metrics, Points))];
        await BatchesAsync(clients[0], batches[counts.Batches..]);
        await gauge.AllAsync($"log-batch of {Points:N0} points of {Metrics} metrics, one client, a point", counts.Batches * Points, () => BatchesAsync(clients[0], batches[..counts.Batches]));
        string wide = await clients[0].NewRunAsync(experiment, -2);
        batches = [.. Enumerable.Range(0, counts.Batches / 3).Select(b => TrackingClient.Batch(wide, b, Points, Points))];
        await gauge.AllAsync($"log-batch of {Points:N0} metrics, one client, a point", batches.Length * Points, () => BatchesAsync(clients[0], batches));
    }

    /// <returns>Seconds of each call.</returns>
    private static async Task<double[]> SinglesAsync(TrackingClient client, string run, string key, int times)
    {
        double[] seconds = new double[times];
        for (int i = 0; i < times; i++)
        {
            long begun = Stopwatch.GetTimestamp();
            await client.LogMetricAsync(run, key, i);
            seconds[i] = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        }

        return seconds;
    }

    private static async Task BatchesAsync(TrackingClient client, byte[][] batches)
    {
        foreach (byte[] batch in batches)
            await client.LogBatchAsync(batch);
    }

    private sealed record Counts(int Warm, int Batches, int Singles);
}
