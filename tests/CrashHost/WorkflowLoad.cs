using Microsoft.Extensions.Logging.Abstractions;
using MlOps.Domain.Workflows;
using MlOps.Embedded.Storage;
using MlOps.Embedded.Workflows;

namespace MlOps.CrashHost;

/// <summary>
/// Runs one workflow with a step of every kind (sequence, fan-out, sub-workflow, retry, timer, event, continue-as-new) to its end,
/// or until it is killed.
/// </summary>
public static class WorkflowLoad
{
    public const string Instance = "load";
    public const string Outcome = "\"a b1 b2 c d yes e\"";

    /// <summary>Every side effect of a run, in ordinal order.</summary>
    public static readonly string[] EffectNames = ["a", "b1", "b2", "c", "d", "e"];

    public static async Task RunAsync(string directory, IJournalObserver? observer)
    {
        await using SqliteEntityTable tables = Open(directory);
        var options = new JournaledEngineOptions { Observer = observer };
        await using var engine = new JournaledEngine(tables, Catalog(new Effects(tables)), TimeProvider.System, NullLogger.Instance, options);
        await engine.StartAsync(CancellationToken.None);
        await engine.StartAsync("load", "", Instance, CancellationToken.None);
        await RaiseAsync(engine);
        await engine.WaitAsync(Instance, CancellationToken.None);
    }

    public static SqliteEntityTable Open(string directory) => new(Path.Combine(directory, "store.db"), TimeProvider.System);

    private static WorkflowCatalog Catalog(Effects effects) => new WorkflowCatalog()
        .Add(new EffectActivity(effects, "effect", failures: 0))
        .Add(new EffectActivity(effects, "flaky", failures: 1))
        .Add(new LoadWorkflow())
        .Add(new LegWorkflow());

    // The event id makes it one event, whichever process raises it.
    private static async Task RaiseAsync(JournaledEngine engine)
    {
        try
        {
            await engine.RaiseEventAsync(Instance, "answer", "yes", "answer-1", CancellationToken.None);
        }
        catch (MlOpsException e) when (e.Code == "instance-ended")
        {
        }
    }

    private sealed class EffectActivity(Effects effects, string name, int failures) : Activity<string, string>
    {
        public override string Name => name;

        public override async Task<string> RunAsync(ActivityContext context, string input, CancellationToken cancellationToken)
        {
            if (context.Attempt <= failures)
                throw MlOpsException.Unavailable("flaky", $"attempt {context.Attempt} fails");
            await effects.DoAsync(input, context.Key, cancellationToken);
            return input;
        }
    }

    private sealed class LegWorkflow : Workflow<string, string>
    {
        public override string Name => "leg";

        public override Task<string> RunAsync(IWorkflowContext context, string input) => context.CallActivityAsync<string>("effect", input);
    }

    private sealed class LoadWorkflow : Workflow<string, string>
    {
        public override string Name => "load";

        public override async Task<string> RunAsync(IWorkflowContext context, string input)
        {
            if (input.Length > 0)
                return $"{input} {await context.CallActivityAsync<string>("effect", "e")}";
            string a = await context.CallActivityAsync<string>("effect", "a");
            IReadOnlyList<string> b = await context.FanOutAsync(["b1", "b2"], 2, name => context.CallActivityAsync<string>("effect", name));
            string c = await context.CallWorkflowAsync<string>("leg", "c");
            string d = await context.CallActivityAsync<string>("flaky", "d", new RetryPolicy(2, TimeSpan.FromMilliseconds(5)));
            await context.CreateTimerAsync(context.UtcNow.AddMilliseconds(5), CancellationToken.None);
            string answer = await context.WaitForEventAsync<string>("answer", CancellationToken.None);
            context.ContinueAsNew($"{a} {string.Join(' ', b)} {c} {d} {answer}");
            return "";
        }
    }
}
