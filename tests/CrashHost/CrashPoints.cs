using System.Diagnostics;
using System.Globalization;

namespace MlOps.CrashHost;

/// <summary>
/// For tests: runs a mode of this program in directories of their own until each stands at another one of its journal points, kills the
/// process, and lets each go on from what is there; for every point there is.
/// </summary>
public static class CrashPoints
{
    /// <summary>Loads of one process: its start is what costs.</summary>
    private const int AtOnce = 12;

    private const int Processes = 2;

    /// <summary>What the system says of a process that was killed.</summary>
    private static int Killed => OperatingSystem.IsWindows() ? -1 : 128 + 9;

    /// <param name="restartAsync">
    /// Does in the caller's process what the killed one would have done: as that one left only files, it makes no difference but the time.
    /// </param>
    /// <param name="checkAsync">Looks at the directory after that; the number is the point, for messages.</param>
    /// <param name="template">What a directory begins with; null for nothing.</param>
    /// <returns>How many points there were.</returns>
    public static async Task<int> KillAtEachAsync(
        string mode, Func<string, Task> restartAsync, Func<string, int, Task> checkAsync, string? template = null)
    {
        string root = Directory.CreateTempSubdirectory("mlops-crash-").FullName;
        int next = 1 - AtOnce;
        int points = int.MaxValue;
        try
        {
            await Task.WhenAll(Enumerable.Range(0, Processes).Select(async _ =>
            {
                while (Interlocked.Add(ref next, AtOnce) is var first && first < Volatile.Read(ref points))
                {
                    CrashLoad[] loads = [.. Enumerable.Range(first, AtOnce).Select(point => new CrashLoad(root, point, template))];
                    await KillAsync(mode, loads);
                    await Task.WhenAll(loads.Select(load => Task.Run(() => load.GoOnAsync(restartAsync, checkAsync))));
                    if (loads.Any(load => load.HasEnded))
                        InterlockedMin(ref points, loads.First(load => load.HasEnded).Point);
                }
            }));
            return points - 1;
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private static async Task KillAsync(string mode, CrashLoad[] loads)
    {
        int code = await RunAsync([mode, .. loads.SelectMany(load => new[] { load.Directory, load.Point.ToString(CultureInfo.InvariantCulture) })]);
        int expected = loads.All(load => load.HasEnded) ? 0 : Killed;
        Assert.True(code == expected, $"{mode} ended with {code}, not {expected}, at the points {loads[0].Point} to {loads[^1].Point}");
    }

    private static async Task<int> RunAsync(IReadOnlyList<string> args)
    {
        string host = Path.Combine(AppContext.BaseDirectory, "MlOps.CrashHost.dll");
        string dotnet = Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";
        using Process process = Process.Start(new ProcessStartInfo(dotnet, [host, .. args]))!;
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw new TimeoutException($"{string.Join(' ', args)} neither ended nor came to its points within two minutes");
        }

        return process.ExitCode;
    }

    private static void InterlockedMin(ref int least, int value)
    {
        int seen;
        while ((seen = Volatile.Read(ref least)) > value && Interlocked.CompareExchange(ref least, value, seen) != seen)
        {
        }
    }
}
