using System.Net.Http.Json;
using System.Text.Json;

namespace MlOps.Bench.Serving;

/// <summary>
/// Resident memory after 1M requests, and after 1,000 changes of the model under load, each to a version that was never served before: neither
/// may make it grow. The server may hold few of the models at once: with the default, a quarter of the machine, none of them would have to go.
/// </summary>
internal sealed class MemoryBench(ServingPlace place)
{
    private const int Requests = 1_000_000;
    private const int Swaps = 1_000;

    /// <summary>MiB: some thirty of the models.</summary>
    private const string ModelMemory = "16";

    public async Task RunAsync()
    {
        ServerCommand ours = place.Ours("numbers");
        ServerCommand command = ours with { Line = [.. ours.Line, "--model-memory", ModelMemory] };
        using ServerProcess server = await ServerProcess.StartAsync(command, place.Body("numbers", 1));
        Console.WriteLine("| after | resident MB |");
        Console.WriteLine("|---|---:|");
        long asked = 0;
        async Task AskAsync(long upTo)
        {
            while (asked < upTo)
                asked += (await Wrk.RunAsync(command.Url, place.Body("numbers", 1), 2)).Requests;
            Console.WriteLine(FormattableString.Invariant($"| {asked:N0} requests | {server.ResidentMegabytes():N0} |"));
        }

        foreach (int share in (int[])[10, 25, 50, 75, 100])
            await AskAsync((long)Requests * share / 100);
        await SwapAsync(command, server);
        Console.WriteLine();
    }

    private async Task SwapAsync(ServerCommand command, ServerProcess server)
    {
        using var http = new HttpClient { BaseAddress = new Uri(new Uri(command.Url), "/") };
        using var stop = new CancellationTokenSource();
        Task<LoadSeen> load = UnderLoadAsync(command, stop.Token);
        var variants = new ModelVariants(await http.GetByteArrayAsync("api/v1/models/numbers/versions/1/file"));
        for (int swap = 1; swap <= Swaps; swap++)
        {
            await RollOutAsync(http, await AddAsync(http, variants.Make(swap)));
            if (swap is 10 or 50 or 100 || swap % 250 == 0)
                Console.WriteLine(FormattableString.Invariant($"| {swap:N0} swaps under load | {server.ResidentMegabytes():N0} |"));
        }

        await stop.CancelAsync();
        LoadSeen seen = await load;
        Console.WriteLine(FormattableString.Invariant($"| {seen.Requests:N0} requests during the swaps, {seen.Failed} failed | {server.ResidentMegabytes():N0} |"));
    }

    private async Task<LoadSeen> UnderLoadAsync(ServerCommand command, CancellationToken cancellationToken)
    {
        var all = new LoadSeen(0, 0, 0, 0, 0);
        while (!cancellationToken.IsCancellationRequested)
        {
            LoadSeen seen = await Wrk.RunAsync(command.Url, place.Body("numbers", 1), 2, connections: 2);
            all = all with { Requests = all.Requests + seen.Requests, Seconds = all.Seconds + seen.Seconds, Failed = all.Failed + seen.Failed };
        }

        return all;
    }

    /// <returns>The new version.</returns>
    private static async Task<int> AddAsync(HttpClient http, byte[] file)
    {
        using var content = new ByteArrayContent(file);
        using HttpResponseMessage added = await http.PostAsync("api/v1/models/numbers/versions?file=model.bin", content);
        added.EnsureSuccessStatusCode();
        using var answer = JsonDocument.Parse(await added.Content.ReadAsStringAsync());
        return answer.RootElement.GetProperty("version").GetProperty("version").GetInt32();
    }

    private static async Task RollOutAsync(HttpClient http, int version)
    {
        using HttpResponseMessage started = await http.PostAsJsonAsync("api/v1/rollouts/numbers", new { version, policy = new { strategy = "direct" } });
        started.EnsureSuccessStatusCode();
        while (true)
        {
            using var rollout = JsonDocument.Parse(await http.GetStringAsync("api/v1/rollouts/numbers"));
            switch (rollout.RootElement.GetProperty("rollout").GetProperty("state").GetString())
            {
                case "promoted":
                    return;
                case "running":
                    await Task.Delay(5);
                    break;
                case var other:
                    throw new InvalidOperationException($"the rollout of version {version} is {other}");
            }
        }
    }
}
