using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace MlOps.Bench.Serving;

/// <summary>Load by wrk from the second core: as many requests as the server takes.</summary>
internal static class Wrk
{
    private const string Core = "1";

    /// <summary>Seconds that must bring no better rate than those before them.</summary>
    private const int Patience = 10;

    /// <summary>Seconds.</summary>
    private const int WarmUpAtMost = 60;

    /// <summary>What is less counts as noise.</summary>
    private const double Better = 1.02;

    /// <summary>
    /// Load until it is served no faster any more, and no longer than a minute: a runtime that compiles while it runs shares its one core
    /// with the requests. Every server is warmed up by the same rule.
    /// </summary>
    /// <param name="seconds">Length of a stretch.</param>
    public static async Task WarmUpAsync(string url, string bodyFile, int seconds)
    {
        double best = 0;
        int since = 0;
        for (int spent = 0; spent < WarmUpAtMost && since < Patience; spent += seconds)
        {
            double rate = (await RunAsync(url, bodyFile, seconds)).Rate;
            since = rate > best * Better ? 0 : since + seconds;
            best = Math.Max(best, rate);
        }
    }

    /// <param name="seconds">How long.</param>
    public static async Task<LoadSeen> RunAsync(string url, string bodyFile, int seconds, int connections = 16)
    {
        string script = Path.Combine(AppContext.BaseDirectory, "peers", "serving_load.lua");
        string[] line =
        [
            "-c", Core, "wrk", "-t1", "-c", connections.ToString(CultureInfo.InvariantCulture), "-d", $"{seconds}s", "--latency", "-s", script, url, "--", bodyFile,
        ];
        using Process wrk = Process.Start(new ProcessStartInfo("taskset", line) { RedirectStandardOutput = true })!;
        string output = await wrk.StandardOutput.ReadToEndAsync();
        await wrk.WaitForExitAsync();
        string? last = output.Split('\n').LastOrDefault(l => l.StartsWith('{'));
        return last is null ? throw new InvalidOperationException($"wrk said: {output}") : JsonSerializer.Deserialize<LoadSeen>(last, JsonSerializerOptions.Web)!;
    }
}

/// <param name="Failed">Answers above 399, broken connections and time-outs.</param>
/// <param name="P50">Microseconds.</param>
/// <param name="P99">Microseconds.</param>
internal sealed record LoadSeen(long Requests, double Seconds, long Failed, double P50, double P99)
{
    public double Rate => Requests / Seconds;
}
