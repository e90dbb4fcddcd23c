using System.Globalization;

namespace MlOps.Bench.Serving;

/// <summary>
/// Our server against ASP.NET Core itself and against FastAPI, each alone on the first core, the load on the second (Linux, with
/// taskset, wrk and h2load; Debian: apt-get install wrk nghttp2-client). Arguments: [parts, default all: numbers rate start cost memory; and
/// profile, which measures nothing but writes src/Cli/start.mibc] [seconds a measurement = 5] [at=FOLDER, which is filled once, kept, and used again].
/// </summary>
internal static class ServingBench
{
    private const string At = "at=";

    public static async Task RunAsync(string[] args)
    {
        string repository = Path.GetFullPath(".");
        int seconds = args.Select(a => int.TryParse(a, CultureInfo.InvariantCulture, out int s) ? s : 0).Max(5);
        string[] parts = [.. args.Where(a => !int.TryParse(a, CultureInfo.InvariantCulture, out _) && !a.StartsWith(At, StringComparison.Ordinal))];
        bool Wanted(string part) => parts.Length == 0 || parts.Contains(part);
        if (Wanted("numbers"))
            NumberBench.Run(Path.Combine(repository, "samples", "data"));
        if (parts is ["numbers"])
            return;
        string? kept = args.FirstOrDefault(a => a.StartsWith(At, StringComparison.Ordinal))?[At.Length..];
        using ServingPlace place = await ServingPlace.MakeAsync(repository, kept ?? Path.Combine(Path.GetTempPath(), "bench-serving-" + Guid.NewGuid().ToString("N")), keep: kept is not null);
        if (parts.Contains("profile"))
            await new StartProfile(place, repository).RunAsync();
        if (Wanted("rate"))
        {
            using var rate = new RateBench(place, seconds);
            await rate.RunAsync();
        }

        if (Wanted("start"))
            await new StartBench(place).RunAsync();
        if (Wanted("cost"))
            await new CostBench(place, seconds).RunAsync();
        if (Wanted("memory"))
            await new MemoryBench(place).RunAsync();
    }

    private static int Max(this IEnumerable<int> numbers, int otherwise) => numbers.Where(n => n > 0).DefaultIfEmpty(otherwise).Max();

    public static double Median(this IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }
}
