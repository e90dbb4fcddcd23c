using System.Net.Http.Json;
using System.Text.Json;

namespace MlOps.Bench.Serving;

/// <summary>
/// Resident memory over requests, and over changes of the model under load, each to a version that was never served before: neither may make it grow.
/// Each stretch has the median of what is resident ten times a second. The collector makes a saw tooth of it, so that single stretches tell little: it is flat when past
/// the warm-up, the first quarter, the later half of the stretches has in the median no more than a twentieth above the earlier half. The server may hold few of the models at once: with the default, a quarter of the machine, none of them would have to go.
/// </summary>
internal sealed class MemoryBench(ServingPlace place)
{
    private const int Requests = 2_000_000;
    private const int Swaps = 2_000;

    /// <summary>Stretches of each.</summary>
    private const int Stretches = 8;

    private const int WarmUp = Stretches / 4;

    private const double Flat = 1.05;

    /// <summary>MiB: some thirty of the models.</summary>
    private const string ModelMemory = "16";

    public async Task RunAsync()
    {
        ServerCommand ours = place.Ours("numbers");
        ServerCommand command = ours with { Line = [.. ours.Line, "--model-memory", ModelMemory] };
        using ServerProcess server = await ServerProcess.StartAsync(command, place.Body("numbers", 1));
        Console.WriteLine("| up to | resident MB, median | least to most | of it heap and other private |");
        Console.WriteLine("|---|---:|---:|---:|");
        string requests = await AskAsync(command, server), swaps = await SwapAsync(command, server);
        Console.WriteLine();
        Console.WriteLine(requests);
        Console.WriteLine(swaps);
        Console.WriteLine();
    }

    private async Task<string> AskAsync(ServerCommand command, ServerProcess server)
    {
        var medians = new List<double>();
        long asked = 0;
        for (int stretch = 1; stretch <= Stretches; stretch++)
        {
            await using var samples = new ResidentSamples(server);
            while (asked < (long)Requests * stretch / Stretches)
                asked += (await Wrk.RunAsync(command.Url, place.Body("numbers", 1), 1)).Requests;
            medians.Add(await samples.PrintAsync(FormattableString.Invariant($"{asked:N0} requests")));
        }

        return Verdict("requests", medians);
    }

    private async Task<string> SwapAsync(ServerCommand command, ServerProcess server)
    {
        var medians = new List<double>();
        using var http = new HttpClient { BaseAddress = new Uri(new Uri(command.Url), "/") };
        using var stop = new CancellationTokenSource();
        Task<LoadSeen> load = UnderLoadAsync(command, stop.Token);
        var variants = new ModelVariants(await http.GetByteArrayAsync("api/v1/models/numbers/versions/1/file"));
        for (int stretch = 1; stretch <= Stretches; stretch++)
        {
            await using var samples = new ResidentSamples(server);
            for (int swap = (Swaps * (stretch - 1) / Stretches) + 1; swap <= Swaps * stretch / Stretches; swap++)
                await RollOutAsync(http, await AddAsync(http, variants.Make(swap)));
            medians.Add(await samples.PrintAsync(FormattableString.Invariant($"{Swaps * stretch / Stretches:N0} swaps under load")));
        }

        await stop.CancelAsync();
        LoadSeen seen = await load;
        return FormattableString.Invariant($"{Verdict("swaps", medians)} {seen.Requests:N0} requests meanwhile, {seen.Failed} failed.");
    }

    private static string Verdict(string what, List<double> medians)
    {
        const int Middle = (WarmUp + Stretches) / 2;
        double earlier = medians[WarmUp..Middle].Median(), later = medians[Middle..].Median();
        return FormattableString.Invariant($"Over {what}, past the warm-up: {earlier:N0} MB in the earlier half, {later:N0} in the later: {(later <= earlier * Flat ? "flat" : "NOT flat")}.");
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
