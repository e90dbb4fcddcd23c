using MlOps.Domain.Workflows;

namespace MlOps.Contracts.Workflows;

/// <summary>Holding an instance: what comes meanwhile is kept, nothing new begins.</summary>
public abstract class WorkflowSuspendContract : WorkflowContract
{
    [Fact]
    public async Task Suspend_LetsTheRunningStepEndAndBeginsNoOther()
    {
        Calls.Hold("a");
        WorkflowFixture engine = await WithAsync<string, string>("w", async (c, _) => await Echo(c, "a") + await Echo(c, "b"));
        await engine.Client.StartAsync("w", "", "i", None);
        await Calls.MadeAsync("a");
        await engine.Client.SuspendAsync("i", None);
        Assert.Equal(WorkflowState.Suspended, (await engine.StatusAsync()).State);
        Calls.Release("a");
        await Eventually.TrueAsync(() => Calls.Running == 0, "the activity has ended");
        await engine.RestartAsync();
        await engine.RaiseAsync("unheard", 1);
        Assert.Equal(["a"], Calls.Inputs);
        Assert.Equal(WorkflowState.Suspended, (await engine.StatusAsync()).State);
        await engine.Client.ResumeAsync("i", None);
        Assert.Equal("\"AB\"", (await engine.EndAsync()).Output);
        Assert.Equal(["a", "b"], Calls.Inputs);
    }

    [Fact]
    public async Task Suspend_KeepsEventsInOrderAndEachOnce()
    {
        WorkflowFixture engine = await WithAsync<string, string>("w", async (c, _) =>
            await c.WaitForEventAsync<string>("e", None) + await c.WaitForEventAsync<string>("e", None));
        await engine.Client.StartAsync("w", "", "i", None);
        await engine.Client.SuspendAsync("i", None);
        await engine.RaiseAsync("e", "1", "id1");
        await engine.RaiseAsync("e", "1", "id1");
        await engine.RestartAsync();
        await engine.RaiseAsync("e", "1", "id1");
        await engine.RaiseAsync("e", "2", "id2");
        Assert.Equal(WorkflowState.Suspended, (await engine.StatusAsync()).State);
        await engine.Client.ResumeAsync("i", None);
        Assert.Equal("\"12\"", (await engine.EndAsync()).Output);
    }

    [Fact]
    public async Task Suspend_HoldsTimersAndRetriesThatFallDue()
    {
        Calls.Fail("a", times: 1);
        WorkflowFixture engine = await WithAsync<string, string>("w", async (c, _) =>
        {
            await c.CallActivityAsync<string>("echo", "a", new RetryPolicy(2, TimeSpan.FromHours(1)));
            await c.CreateTimerAsync(c.UtcNow + TimeSpan.FromHours(1), None);
            return await Echo(c, "b");
        });
        await engine.Client.StartAsync("w", "", "i", None);
        foreach (string[] before in new string[][] { ["a"], ["a", "a"] })
        {
            await Eventually.TrueAsync(() => Calls.Inputs.Count == before.Length && engine.Clock.NextDue is not null, "the next hour is waited for");
            await engine.Client.SuspendAsync("i", None);
            engine.Clock.Advance(TimeSpan.FromHours(1));
            await engine.RaiseAsync("unheard", 1);
            Assert.Equal(before, Calls.Inputs);
            await engine.Client.ResumeAsync("i", None);
        }

        Assert.Equal("\"B\"", (await engine.EndAsync()).Output);
    }

    [Fact]
    public async Task Suspend_OfACaller_HoldsTheOutcomeOfItsSubWorkflow()
    {
        Calls.Hold("a");
        var catalog = Catalog()
            .Add(new InlineWorkflow<string, string>("child", (c, input) => Echo(c, input)))
            .Add(new InlineWorkflow<string, string>("parent", async (c, input) => await c.CallWorkflowAsync<string>("child", input) + await Echo(c, "b")));
        WorkflowFixture engine = await OpenAsync(catalog);
        await engine.Client.StartAsync("parent", "a", "i", None);
        await Calls.MadeAsync("a");
        await engine.Client.SuspendAsync("i", None);
        Calls.Release("a");
        Assert.Equal(WorkflowState.Completed, (await engine.EndAsync("i:1")).State);
        await engine.RestartAsync();
        await engine.RaiseAsync("unheard", 1);
        Assert.Equal(["a"], Calls.Inputs);
        await engine.Client.ResumeAsync("i", None);
        Assert.Equal("\"AB\"", (await engine.EndAsync()).Output);
    }

    [Fact]
    public async Task Cancel_WhileSuspended_BeginsNothingAndCanBeRerun()
    {
        Calls.Hold("a");
        WorkflowFixture engine = await WithAsync<string, string>("w", async (c, _) => await Echo(c, "a") + await Echo(c, "b"));
        await engine.Client.StartAsync("w", "", "i", None);
        await Calls.MadeAsync("a");
        await engine.Client.SuspendAsync("i", None);
        Calls.Release("a");
        await Eventually.TrueAsync(() => Calls.Running == 0, "the activity has ended");
        await engine.Client.CancelAsync("i", "not wanted", None);
        Assert.Equal(WorkflowState.Cancelled, (await engine.EndAsync()).State);
        Assert.Equal(["a"], Calls.Inputs);
        await engine.Client.RerunAsync("i", None);
        Assert.Equal("\"AB\"", (await engine.EndAsync()).Output);
        Assert.Single(Calls.KeysOf("b"));
    }

    [Fact]
    public async Task Suspend_AndResume_AreSafeToRepeatAndRefusedOnceEnded()
    {
        WorkflowFixture engine = await WithAsync<string, string>("w", (c, _) => c.WaitForEventAsync<string>("e", None));
        await engine.Client.StartAsync("w", "", "i", None);
        await engine.Client.ResumeAsync("i", None);
        await engine.Client.SuspendAsync("i", None);
        await engine.Client.SuspendAsync("i", None);
        Assert.Equal("instance-running", (await Assert.ThrowsAsync<MlOpsException>(() => engine.Client.PurgeAsync("i", None))).Code);
        await engine.Client.ResumeAsync("i", None);
        await engine.Client.ResumeAsync("i", None);
        Assert.Equal(WorkflowState.Running, (await engine.StatusAsync()).State);
        await engine.RaiseAsync("e", "x");
        await engine.EndAsync();
        Assert.Equal("instance-ended", (await Assert.ThrowsAsync<MlOpsException>(() => engine.Client.SuspendAsync("i", None))).Code);
        Assert.Equal("instance-ended", (await Assert.ThrowsAsync<MlOpsException>(() => engine.Client.ResumeAsync("i", None))).Code);
        Assert.Equal("instance-missing", (await Assert.ThrowsAsync<MlOpsException>(() => engine.Client.SuspendAsync("x", None))).Code);
    }
}
