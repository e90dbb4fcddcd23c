using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace MlOps.Bench.Serving;

/// <summary>Load by wrk from the second core: as many requests as the server takes.</summary>
internal static class Wrk
{
    private const string Core = "1";

    /// <summary>Until the runtime has optimized what the server does: on one core, which it shares with the requests, it is done after some 500,000.</summary>
    public static Task WarmUpAsync(string url, string bodyFile, int seconds) => RunAsync(url, bodyFile, 6 * seconds);

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
