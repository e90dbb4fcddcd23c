using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using MlOps.Domain.Workflows;
using MlOps.Embedded.Storage;
using MlOps.Embedded.Workflows;

namespace MlOps.Bench.Workflows;

/// <summary>
/// What the journaled engine costs a step: an activity that does nothing, so all that is left is scheduling, journaling (with
/// fsync) and delivering. Once in one instance, where every step waits for a commit, and in many, where commits are shared.
/// Arguments: [directory = the current one].
/// </summary>
internal static class WorkflowBench
{
    public static async Task RunAsync(string[] args)
    {
        string directory = Path.Combine(args.Length > 0 ? args[0] : ".", "bench-workflows-" + Guid.NewGuid().ToString("N"));
        Directory.CreateDirectory(directory);
        try
        {
            await MeasureAllAsync(directory);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task MeasureAllAsync(string directory)
    {
        Console.WriteLine("| case | steps | seconds | steps/s | us a step |");
        Console.WriteLine("|---|---:|---:|---:|---:|");
        await MeasureAsync(directory, "one instance, sequential", instances: 1, steps: 2_000);
        await MeasureAsync(directory, "100 instances at once", instances: 100, steps: 100);
        await MeasureAsync(directory, "1,000 instances at once", instances: 1_000, steps: 10);
        await MeasureReplayAsync(directory, steps: 5_000);
    }

    private static async Task MeasureAsync(string directory, string what, int instances, int steps)
    {
        await using var tables = new SqliteEntityTable(Path.Combine(directory, $"{what}.db"), TimeProvider.System);
        await using JournaledEngine engine = Engine(tables);
        await RunAllAsync(engine, "warm", 10, 20);
        var watch = Stopwatch.StartNew();
        await RunAllAsync(engine, "i", instances, steps);
        Report(what, instances * steps, watch.Elapsed);
    }

    /// <summary>How long an instance with a long history takes to be back after a restart.</summary>
    private static async Task MeasureReplayAsync(string directory, int steps)
    {
        await using var tables = new SqliteEntityTable(Path.Combine(directory, "replay.db"), TimeProvider.System);
        await using (JournaledEngine first = Engine(tables))
        {
            await first.StartAsync("steps-then-wait", steps, "long", CancellationToken.None);
            while ((await first.FindAsync("long", CancellationToken.None))!.Status is null)
                await Task.Delay(10);
        }

        await using JournaledEngine second = Engine(tables);
        var watch = Stopwatch.StartNew();
        await second.StartAsync(CancellationToken.None);
        await second.RaiseEventAsync("long", "go", "", null, CancellationToken.None);
        await second.WaitAsync("long", CancellationToken.None);
        Report("replay after a restart", steps, watch.Elapsed);
    }

    private static async Task RunAllAsync(JournaledEngine engine, string prefix, int instances, int steps)
    {
        await Task.WhenAll(Enumerable.Range(0, instances).Select(i => engine.StartAsync("steps", steps, $"{prefix}{i}", CancellationToken.None)));
        await Task.WhenAll(Enumerable.Range(0, instances).Select(i => engine.WaitAsync($"{prefix}{i}", CancellationToken.None)));
    }

    private static JournaledEngine Engine(SqliteEntityTable tables)
    {
        WorkflowCatalog catalog = new WorkflowCatalog().Add(new Nothing()).Add(new Steps("steps", wait: false)).Add(new Steps("steps-then-wait", wait: true));
        return new(tables, catalog, TimeProvider.System, NullLogger.Instance, new() { MaxConcurrentActivities = 64 });
    }

    private static void Report(string what, int steps, TimeSpan elapsed) => Console.WriteLine(FormattableString.Invariant(
        $"| {what} | {steps:N0} | {elapsed.TotalSeconds:F2} | {steps / elapsed.TotalSeconds:N0} | {elapsed.TotalMicroseconds / steps:N0} |"));

    private sealed class Nothing : Activity<int, int>
    {
        public override string Name => "nothing";

        public override Task<int> RunAsync(MlOps.Domain.Workflows.ActivityContext context, int input, CancellationToken cancellationToken) => Task.FromResult(input);
    }

    private sealed class Steps(string name, bool wait) : Workflow<int, int>
    {
        public override string Name => name;

        public override async Task<int> RunAsync(IWorkflowContext context, int input)
        {
            int done = 0;
            for (int i = 0; i < input; i++)
                done += await context.CallActivityAsync<int>("nothing", 1);
            if (wait)
            {
                context.SetStatus("waiting");
                await context.WaitForEventAsync<string>("go", CancellationToken.None);
            }

            return done;
        }
    }
}
