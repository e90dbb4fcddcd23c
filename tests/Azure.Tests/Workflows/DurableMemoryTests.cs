using MlOps.Contracts;
using MlOps.Contracts.Workflows;
using MlOps.Domain.Workflows;

namespace MlOps.Azure.Tests.Workflows;

/// <summary>What one execution leaves to the next, and the bounds of it.</summary>
public sealed class DurableMemoryTests
{
    private readonly Calls _calls = new();

    [Fact]
    public async Task Rerun_OfAHistoryTooLongForAMessage_IsRefused()
    {
        string large = new('x', 16_000);
        _calls.Fail("a");
        await using WorkflowFixture engine = await OpenAsync<string, string>(async (c, _) =>
        {
            for (int i = 0; i < 70; i++)
                await c.CallActivityAsync<string>("echo", large);
            return await c.CallActivityAsync<string>("echo", "a");
        });
        await engine.Client.StartAsync("w", "", "i", CancellationToken.None);
        Task<WorkflowInstance> ended = engine.Client.WaitAsync("i", CancellationToken.None);
        // Each of the steps sends the whole history, which a busy machine needs its time for.
        await engine.Clock.AdvanceUntilAsync(ended, timeout: TimeSpan.FromMinutes(3));
        Assert.Equal("out-of-order", (await ended).Failure!.Code);
        MlOpsException e = await Refused.AsAsync(ErrorKind.Conflict, "instance-forgotten", () => engine.Client.RerunAsync("i", CancellationToken.None));
        Assert.Contains("start a new instance", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ContinueAsNew_ManyTimes_RemembersEventsOfTwoGenerations()
    {
        await using WorkflowFixture engine = await OpenAsync<int, int>(async (c, n) =>
        {
            int next = n + await c.WaitForEventAsync<int>("e", CancellationToken.None);
            c.SetStatus(next);
            c.ContinueAsNew(next);
            return next;
        });
        await engine.Client.StartAsync("w", 0, "i", CancellationToken.None);
        for (int i = 1; i <= 4; i++)
        {
            await engine.RaiseAsync("e", 1, $"id{i}");
            await engine.StatusIsAsync($"{i}");
        }

        await engine.RaiseAsync("e", 10, "id4");
        await engine.RaiseAsync("e", 100, "id1");
        await engine.StatusIsAsync("104");
    }

    [Fact]
    public async Task Signal_RightAfterContinueAsNew_IsNotLost()
    {
        await using WorkflowFixture engine = await OpenAsync<int, int>(async (c, n) =>
        {
            int next = n + await c.WaitForEventAsync<int>("e", CancellationToken.None);
            if (next < 50)
                c.ContinueAsNew(next);
            return next;
        });
        await engine.Client.StartAsync("w", 0, "i", CancellationToken.None);
        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => engine.RaiseAsync("e", 1, $"id{i}")));
        Assert.Equal("50", (await engine.EndAsync()).Output);
    }

    private Task<WorkflowFixture> OpenAsync<TInput, TOutput>(Func<IWorkflowContext, TInput, Task<TOutput>> run) =>
        DurableFixture.OpenAsync(new WorkflowCatalog().Add(_calls.Echo).Add(new InlineWorkflow<TInput, TOutput>("w", run)), 8);
}
