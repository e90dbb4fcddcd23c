namespace MlOps.Bench.Tracking;

/// <summary>Many runs of one experiment: searched, walked, what they take in memory, and a start on a store that has them.</summary>
internal sealed class SearchBench(TrackingPlace place, int runs, int metrics)
{
    private const int Clients = 4;
    private const int Page = 1_000;

    public async Task RunAsync()
    {
        Console.WriteLine(FormattableString.Invariant($"{runs:N0} runs with {metrics} metrics each\n"));
        Gauge.Head();
        string data = place.NewData();
        string experiment;
        using (TrackedServer server = place.Ours(data))
        {
            using var client = new TrackingClient(server.Url);
            await server.AnsweredAsync(client);
            experiment = await client.NewExperimentAsync("search");
            var gauge = new Gauge("mlops", server);
            await gauge.AllAsync($"a run and log-batch of its metrics, {Clients} clients", runs, () => FillAsync(server.Url, experiment));
            double filled = server.ResidentMegabytes();
            await SearchAsync(gauge, client, experiment);
            Console.WriteLine(FormattableString.Invariant($"\nresident after the runs were logged {filled:0} MB, after the searches {server.ResidentMegabytes():0} MB, at most {server.PeakMegabytes():0} MB\n"));
        }

        Gauge.Head();
        using (TrackedServer server = place.Ours(data))
        {
            using var client = new TrackingClient(server.Url);
            TimeSpan answered = await server.AnsweredAsync(client);
            var gauge = new Gauge("mlops", server);
            gauge.Say("start to first answer, with that store", answered.TotalSeconds, server.CpuSeconds());
            await gauge.MedianAsync("the first search after it", 1, () => client.SearchAsync(experiment, 100, Filtered));
            Console.WriteLine(FormattableString.Invariant($"\nresident then {server.ResidentMegabytes():0} MB\n"));
        }

        place.Remove(data);
    }

    private static string Filtered => ""","filter":"metrics.m5 > 0.5","order_by":["metrics.m7 DESC"]""";

    private static async Task SearchAsync(Gauge gauge, TrackingClient client, string experiment)
    {
        await gauge.MedianAsync("first search", 1, () => client.SearchAsync(experiment, 100, Filtered));
        await gauge.MedianAsync("search by a metric, ordered by another, 100 back, median", 50, () => client.SearchAsync(experiment, 100, Filtered));
        await gauge.MedianAsync("all in order of a metric, 100 back, median", 20, () => client.SearchAsync(experiment, 100, ""","order_by":["metrics.m7"]"""));
        await gauge.MedianAsync($"a page of {Page:N0}, median", 5, () => client.SearchAsync(experiment, Page, ""));
        await gauge.MedianAsync($"walk of all, pages of {Page:N0}, median", 3, () => WalkAsync(client, experiment));
    }

    private static async Task WalkAsync(TrackingClient client, string experiment)
    {
        string? token = "";
        do
            token = await client.SearchAsync(experiment, Page, token.Length == 0 ? "" : $",\"page_token\":\"{token}\"");
        while (token is not null);
    }

    private Task FillAsync(string url, string experiment) => Task.WhenAll(Enumerable.Range(0, Clients).Select(async number =>
    {
        using var client = new TrackingClient(url);
        for (int i = number; i < runs; i += Clients)
            await client.LogBatchAsync(TrackingClient.Batch(await client.NewRunAsync(experiment, i), i, metrics, metrics));
    }));
}
