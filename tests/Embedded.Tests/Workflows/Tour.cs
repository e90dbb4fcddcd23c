using MlOps.Contracts;
using MlOps.Contracts.Workflows;
using MlOps.Domain.Workflows;
using MlOps.Embedded.Workflows;

namespace MlOps.Embedded.Tests.Workflows;

/// <summary>A workflow with a step of every kind; its history is committed.</summary>
internal static class Tour
{
    public static WorkflowCatalog Catalog(Calls calls) => new WorkflowCatalog()
        .Add(calls.Echo)
        .Add(new InlineWorkflow<string, string>("leg", (c, input) => c.CallActivityAsync<string>("echo", input)))
        .Add(new InlineWorkflow<string, string>("tour", CodeAsync));

    public static async Task<string> CodeAsync(IWorkflowContext context, string input)
    {
        string first = await context.CallActivityAsync<string>("echo", input, RetryPolicy.Default);
        IReadOnlyList<string> legs = await context.FanOutAsync(["x", "y", "z"], 2, leg => context.CallWorkflowAsync<string>("leg", leg));
        await context.CreateTimerAsync(context.UtcNow.AddHours(1), CancellationToken.None);
        EventOrTimeout<string> answer = await context.WaitForEventAsync<string>("answer", TimeSpan.FromDays(1));
        context.SetStatus(new { answer.TimedOut });
        return $"{first} {string.Concat(legs)} {answer.Payload} {context.NewGuid()}";
    }

    /// <summary>Runs it to its end and returns its history.</summary>
    public static async Task<string> RunAsync(EngineFixture engine)
    {
        await engine.Client.StartAsync("tour", "a", "tour", CancellationToken.None);
        await engine.RaiseAsync("answer", "yes", "answer-1", "tour");
        WorkflowInstance end = await engine.EndAsync("tour");
        Assert.Equal(WorkflowState.Completed, end.State);
        return await WorkflowHistory.ExportAsync(engine.Tables, "tour", CancellationToken.None);
    }
}
