namespace MlOps.Bench.Tracking;

/// <summary>A metric of a million points, as MLflow's charts ask for it.</summary>
internal sealed class HistoryBench(TrackingPlace place)
{
    private const int Points = 1_000_000;
    private const int Batch = 1_000;

    public async Task RunAsync()
    {
        Gauge.Head();
        string data = place.NewData();
        using (TrackedServer server = place.Ours(data))
        {
            using var client = new TrackingClient(server.Url);
            var gauge = new Gauge("mlops", server);
            await server.AnsweredAsync(client);
            string run = await client.NewRunAsync(await client.NewExperimentAsync("history"), 0);
            for (int batch = 0; batch < Points / Batch; batch++)
                await client.LogBatchAsync(TrackingClient.Batch(run, batch, 1, Batch));
            string chart = $"metrics/get-history-bulk-interval?run_ids={run}&metric_key=m0&max_results=";
            await gauge.MedianAsync("history of 1M points, 320 for a chart, the first time", 1, () => client.GetAsync(chart + "320"));
            await gauge.MedianAsync("the same, median", 20, () => client.GetAsync(chart + "320"));
            await gauge.MedianAsync("2,500 for a chart, median", 20, () => client.GetAsync(chart + "2500"));
            await client.LogMetricAsync(run, "m0", Points);
            await gauge.MedianAsync("the same, after one more point", 1, () => client.GetAsync(chart + "2500"));
            await gauge.MedianAsync("a page of 10,000 of them, median", 5, () => client.GetAsync($"metrics/get-history?run_id={run}&metric_key=m0&max_results=10000"));
            Console.WriteLine(FormattableString.Invariant($"\nresident {server.ResidentMegabytes():0} MB, at most {server.PeakMegabytes():0} MB\n"));
        }

        place.Remove(data);
    }
}
