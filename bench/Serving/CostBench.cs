using System.Net.Http.Json;

namespace MlOps.Bench.Serving;

/// <summary>What canary, prediction log and monitoring cost together: the same model served bare and with all of them. Both servers run, warm, and take turns.</summary>
internal sealed class CostBench(ServingPlace place, int seconds)
{
    private const int Turns = 3;

    /// <summary>From one check of drift to the next; an hour, where a pipeline does not say.</summary>
    private const int DriftSeconds = 30;

    public async Task RunAsync()
    {
        ServerCommand bareCommand = place.Ours("bare"), allCommand = place.Ours("watched");
        using ServerProcess bareServer = await WarmAsync(bareCommand, http => http.PutAsJsonAsync("api/v1/endpoints/numbers/log", new { off = true }));
        using ServerProcess allServer = await WarmAsync(allCommand, http => http.PostAsJsonAsync(
            "api/v1/rollouts/numbers", new { version = 1, policy = new { strategy = "canary", steps = (double[])[50, 100], bake = "01:00:00" } }));
        List<double> bare = [], all = [];
        for (int turn = 0; turn < Turns; turn++)
        {
            bare.Add(await CostAsync(bareCommand, bareServer));
            all.Add(await CostAsync(allCommand, allServer));
        }

        Console.WriteLine("| a row, 100 trees | CPU us a request |");
        Console.WriteLine("|---|---:|");
        Console.WriteLine(FormattableString.Invariant($"| bare: one version, no log, no monitor | {bare.Median() * 1e6:0.0} |"));
        Console.WriteLine(FormattableString.Invariant($"| half of it to a canary that is judged every 5 s, every row logged, drift checked every 30 s | {all.Median() * 1e6:0.0} |"));
        Console.WriteLine(FormattableString.Invariant($"| more (target <= 15 %) | {(all.Median() / bare.Median()) - 1:0.0%} |"));
        Console.WriteLine();
    }

    /// <param name="prepare">Done before the warm-up, whose length is more than it takes to act.</param>
    private async Task<ServerProcess> WarmAsync(ServerCommand command, Func<HttpClient, Task<HttpResponseMessage>> prepare)
    {
        ServerProcess server = await ServerProcess.StartAsync(command, place.Body("numbers", 1));
        try
        {
            using var http = new HttpClient { BaseAddress = new Uri(new Uri(command.Url), "/") };
            using HttpResponseMessage prepared = await prepare(http);
            prepared.EnsureSuccessStatusCode();
            await Wrk.WarmUpAsync(command.Url, place.Body("numbers", 1), seconds);
            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    private async Task<double> CostAsync(ServerCommand command, ServerProcess server)
    {
        double before = server.CpuSeconds();
        // So long that as many checks of each kind fall into it as do in the long run.
        LoadSeen seen = await Wrk.RunAsync(command.Url, place.Body("numbers", 1), Math.Max(seconds, DriftSeconds));
        if (seen.Failed > 0)
            throw new InvalidOperationException($"{seen.Failed} of {seen.Requests} requests failed: an error costs less than an answer");
        return (server.CpuSeconds() - before) / seen.Requests;
    }
}
