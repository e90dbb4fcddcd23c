using System.Collections.Concurrent;
using System.Text.Json;

namespace MlOps.Bench.Tracking;

/// <summary>The server is killed with SIGKILL while clients write, and started again: what it had acknowledged must be there.</summary>
internal sealed class KillBench(TrackingPlace place)
{
    private const int Clients = 4;
    private const int Turns = 10;

    public async Task RunAsync()
    {
        string data = place.NewData();
        var acknowledged = new ConcurrentDictionary<string, long>();
        for (int turn = 0; turn < Turns; turn++)
        {
            using TrackedServer server = place.Ours(data);
            using var client = new TrackingClient(server.Url);
            await server.AnsweredAsync(client);
            await CheckAsync(client, acknowledged);
            string experiment = await client.NewExperimentAsync($"kill-{turn}");
            Task writers = Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => WriteAsync(server.Url, experiment, acknowledged)));
            await Task.Delay(200 + (100 * turn));
            server.Kill();
            await writers;
        }

        using TrackedServer last = place.Ours(data);
        using var reader = new TrackingClient(last.Url);
        await last.AnsweredAsync(reader);
        await CheckAsync(reader, acknowledged);
        Console.WriteLine(FormattableString.Invariant($"{Turns} SIGKILLs while {Clients} clients wrote: {acknowledged.Values.Sum():N0} acknowledged points of {acknowledged.Count} runs are all there\n"));
        last.Kill();
        place.Remove(data);
    }

    /// <summary>Points at steps 1, 2, 3, ... until the server is gone.</summary>
    private static async Task WriteAsync(string url, string experiment, ConcurrentDictionary<string, long> acknowledged)
    {
        using var client = new TrackingClient(url);
        try
        {
            string run = await client.NewRunAsync(experiment, 0);
            for (long step = 1; ; step++)
            {
                await client.LogMetricAsync(run, "m", step);
                acknowledged[run] = step;
            }
        }
        catch (HttpRequestException)
        {
            // Killed.
        }
    }

    private static async Task CheckAsync(TrackingClient client, ConcurrentDictionary<string, long> acknowledged)
    {
        foreach ((string run, long last) in acknowledged)
        {
            using var history = JsonDocument.Parse(await client.GetAsync($"metrics/get-history?run_id={run}&metric_key=m"));
            HashSet<long> steps = [.. history.RootElement.GetProperty("metrics").EnumerateArray().Select(m => m.GetProperty("step").GetInt64())];
            for (long step = 1; step <= last; step++)
            {
                if (!steps.Contains(step))
                    throw new InvalidDataException($"step {step} of run {run} was acknowledged and is gone");
            }
        }
    }
}
