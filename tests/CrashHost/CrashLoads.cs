using System.Globalization;
using MlOps.Embedded.Workflows;

namespace MlOps.CrashHost;

/// <summary>The side of <see cref="CrashPoints"/> that is killed: several loads of one kind at once, each in a directory of its own.</summary>
internal static class CrashLoads
{
    /// <summary>Stands beside a directory whose load came to its end.</summary>
    public const string EndedSuffix = ".ended";

    /// <summary>Held loads keep the threads they stand on.</summary>
    private const int Threads = 200;

    /// <param name="args">A directory and a journal point for each load.</param>
    public static async Task RunAsync(string[] args, Func<string, IJournalObserver, Task> runAsync)
    {
        ThreadPool.SetMinThreads(Threads, Threads);
        var gate = new CrashGate(args.Length / 2);
        Task[] loads = [.. args.Chunk(2).Select(load => Task.Run(async () =>
        {
            await runAsync(load[0], gate.At(int.Parse(load[1], CultureInfo.InvariantCulture)));
            await File.WriteAllTextAsync(load[0] + EndedSuffix, "");
            gate.Ended();
        }))];
        // One that fails must not be waited for behind those that are held.
        await foreach (Task load in Task.WhenEach(loads))
            await load;
    }
}
