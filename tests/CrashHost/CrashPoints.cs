using System.Diagnostics;
using System.Globalization;

namespace MlOps.CrashHost;

/// <summary>
/// For tests: runs a mode of this program in a process that dies at its n-th journal point, and again to the end in a second one,
/// for every n there is. The mode gets a data directory and n (for <see cref="CrashAt"/>), and exits with 0 once its work has ended.
/// </summary>
public static class CrashPoints
{
    private const int Killed = 128 + 9;

    /// <param name="checkAsync">Looks at the directory after the second run; the number is the point, for messages.</param>
    /// <param name="restartAsync">
    /// Does what the second process would, in the caller's: as the first one left only files, it makes no difference but the time. Null
    /// starts a second process.
    /// </param>
    /// <returns>How many points there were.</returns>
    public static async Task<int> KillAtEachAsync(string mode, Func<string, int, Task> checkAsync, Func<string, Task>? restartAsync = null, int parallel = 2)
    {
        int next = 0;
        int points = int.MaxValue;
        await Task.WhenAll(Enumerable.Range(0, parallel).Select(async _ =>
        {
            while (Interlocked.Increment(ref next) is var point && point < Volatile.Read(ref points))
            {
                if (!await KillAtAsync(mode, point, checkAsync, restartAsync))
                    InterlockedMin(ref points, point);
            }
        }));
        return points - 1;
    }

    private static async Task<bool> KillAtAsync(string mode, int point, Func<string, int, Task> checkAsync, Func<string, Task>? restartAsync)
    {
        string directory = Directory.CreateTempSubdirectory("mlops-crash-").FullName;
        try
        {
            int code = await RunAsync(mode, directory, point);
            if (code == Killed)
                await (restartAsync?.Invoke(directory) ?? RestartAsync(mode, directory));
            else
                Assert.Equal(0, code);
            await checkAsync(directory, point);
            return code == Killed;
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task RestartAsync(string mode, string directory) => Assert.Equal(0, await RunAsync(mode, directory, 0));

    private static async Task<int> RunAsync(string mode, string directory, int point)
    {
        string host = Path.Combine(AppContext.BaseDirectory, "MlOps.CrashHost.dll");
        string dotnet = Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";
        using Process process = Process.Start(new ProcessStartInfo(dotnet, [host, mode, directory, point.ToString(CultureInfo.InvariantCulture)]))!;
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw new TimeoutException($"{mode} did not end within a minute (point {point}; 0 is the run after the kill)");
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
