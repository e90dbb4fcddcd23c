using System.Diagnostics;
using MlOps.Bench.Serving;

namespace MlOps.Bench.Tracking;

/// <summary>What calls take: their time, and the processor time of the server alone.</summary>
internal sealed class Gauge(string name, TrackedServer server)
{
    public static void Head()
    {
        Console.WriteLine("| call | server | each, ms | CPU each, ms | a second |");
        Console.WriteLine("|---|---|---:|---:|---:|");
    }

    /// <param name="count">Calls, or points, that <paramref name="act"/> makes.</param>
    public async Task AllAsync(string what, int count, Func<Task> act)
    {
        double cpu = server.CpuSeconds();
        var watch = Stopwatch.StartNew();
        await act();
        Say(what, watch.Elapsed.TotalSeconds / count, (server.CpuSeconds() - cpu) / count);
    }

    /// <summary>The median time of several.</summary>
    public async Task MedianAsync(string what, int times, Func<Task> act)
    {
        var seconds = new List<double>();
        double cpu = server.CpuSeconds();
        for (int i = 0; i < times; i++)
        {
            var watch = Stopwatch.StartNew();
            await act();
            seconds.Add(watch.Elapsed.TotalSeconds);
        }

        Say(what, seconds.Median(), (server.CpuSeconds() - cpu) / times);
    }

    public void Say(string what, double seconds, double cpu) =>
        Console.WriteLine(FormattableString.Invariant($"| {what} | {name} | {seconds * 1000:0.0000} | {cpu * 1000:0.0000} | {1 / seconds:N0} |"));
}
