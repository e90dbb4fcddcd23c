using System.Diagnostics;
using System.Globalization;

namespace MlOps.Bench.Serving;

/// <summary>Load by h2load (HTTP/1.1) from the second core at a fixed rate, whether answers come or not: what latency is at that load.</summary>
internal static class PacedLoad
{
    private const string Core = "1";
    private const int Connections = 16;

    /// <returns>The 50th and 99th percentile in microseconds, and the rate that was reached.</returns>
    public static async Task<(double P50, double P99, double Rate)> RunAsync(string url, string bodyFile, double rate, int seconds)
    {
        string log = Path.GetTempFileName();
        try
        {
            string[] line =
            [
                "-c", Core, "h2load", "--h1", "-t1", "-c", Text(Connections), "-D", Text(seconds), "--warm-up-time=1", "--rps", Text(Math.Max(1, (int)(rate / Connections))),
                "-d", bodyFile, "-H", "content-type: application/json", "--log-file", log, url,
            ];
            using Process load = Process.Start(new ProcessStartInfo("taskset", line) { RedirectStandardOutput = true })!;
            string output = await load.StandardOutput.ReadToEndAsync();
            await load.WaitForExitAsync();
            string[][] answers = Measured([.. File.ReadLines(log).Select(l => l.Split('\t'))], seconds);
            double[] times = [.. answers.Where(a => a[1] == "200").Select(a => double.Parse(a[2], CultureInfo.InvariantCulture))];
            if (times.Length < 100 || times.Length < answers.Length)
                throw new InvalidOperationException($"{answers.Length - times.Length} of {answers.Length} requests failed: {output}");
            Array.Sort(times);
            return (times[times.Length / 2], times[(int)(times.Length * 0.99)], times.Length / (double)seconds);
        }
        finally
        {
            File.Delete(log);
        }
    }

    /// <summary>A line a request: start in microseconds, status, time. The last so many seconds are those after the warm-up.</summary>
    private static string[][] Measured(string[][] lines, int seconds)
    {
        long from = lines.Select(Start).DefaultIfEmpty().Max() - (seconds * 1_000_000L);
        return [.. lines.Where(l => Start(l) > from)];

        static long Start(string[] line) => long.Parse(line[0], CultureInfo.InvariantCulture);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
