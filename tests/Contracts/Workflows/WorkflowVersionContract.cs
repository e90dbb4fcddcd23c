using MlOps.Domain.Workflows;

namespace MlOps.Contracts.Workflows;

/// <summary>Code that changed under a running instance, and code that breaks the rules.</summary>
public abstract class WorkflowVersionContract : WorkflowContract
{
    [Fact]
    public async Task Version_OfARunningInstance_IsKept()
    {
        static InlineWorkflow<string, string> Of(string version) =>
            new("w", async (c, _) => $"{version} {c.Version} {await c.WaitForEventAsync<string>("e", None)}", version);
        WorkflowFixture engine = await OpenAsync(Catalog().Add(Of("1")));
        await engine.Client.StartAsync("w", "", "old", None);
        await engine.RestartAsync(Catalog().Add(Of("1")).Add(Of("2")));
        await engine.Client.StartAsync("w", "", "new", None);
        await engine.RaiseAsync("e", "x", null, "old");
        await engine.RaiseAsync("e", "x", null, "new");
        Assert.Equal(("\"1 1 x\"", "\"2 2 x\""), ((await engine.EndAsync("old")).Output, (await engine.EndAsync("new")).Output));
    }

    [Fact]
    public async Task Version_ThatIsGone_FailsWithTheWayOut()
    {
        static InlineWorkflow<string, string> Of(string version) => new("w", (c, _) => c.WaitForEventAsync<string>("e", None), version);
        WorkflowFixture engine = await OpenAsync(Catalog().Add(Of("1")));
        await engine.Client.StartAsync("w", "", "i", None);
        await engine.RestartAsync(Catalog().Add(Of("2")));
        WorkflowInstance end = await engine.EndAsync();
        Assert.Equal((WorkflowState.Failed, "workflow-version-unknown"), (end.State, end.Failure!.Code));
        Assert.Contains("instance 'i'", end.Failure.Message, StringComparison.Ordinal);
        Assert.Contains("'w' version '1' and the catalog has the versions '2'", end.Failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public virtual async Task Version_ThatIsBack_GoesOnAfterARerun()
    {
        static InlineWorkflow<string, string> Of(string version) => new("w", (c, _) => c.WaitForEventAsync<string>("e", None), version);
        WorkflowFixture engine = await OpenAsync(Catalog().Add(Of("1")));
        await engine.Client.StartAsync("w", "", "i", None);
        await engine.RestartAsync(Catalog().Add(Of("2")));
        await engine.EndAsync();
        await engine.RestartAsync(Catalog().Add(Of("1")).Add(Of("2")));
        await engine.Client.RerunAsync("i", None);
        await engine.RaiseAsync("e", "x");
        Assert.Equal(("\"x\"", "1"), ((await engine.EndAsync()).Output, (await engine.StatusAsync()).Version));
    }

    [Fact]
    public async Task Code_ThatWasChanged_FailsNamingHistoryAndCode()
    {
        WorkflowFixture engine = await ChangedAsync();
        WorkflowInstance end = await engine.EndAsync();
        Assert.Equal((WorkflowState.Failed, ErrorKind.Conflict, "workflow-changed"), (end.State, end.Failure!.Kind, end.Failure.Code));
        Assert.Contains("instance 'i'", end.Failure.Message, StringComparison.Ordinal);
        Assert.Contains("'echo'", end.Failure.Message, StringComparison.Ordinal);
        Assert.Contains("'other'", end.Failure.Message, StringComparison.Ordinal);
        Assert.Contains("add the old code back", end.Failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public virtual async Task Code_ThatIsBack_GoesOnAfterARerun()
    {
        WorkflowFixture engine = await ChangedAsync();
        await engine.EndAsync();
        await engine.RestartAsync(Two("echo"));
        await engine.Client.RerunAsync("i", None);
        await engine.RaiseAsync("e", "x");
        Assert.Equal("\"x\"", (await engine.EndAsync()).Output);
        Assert.Equal(["a", "b"], Calls.Inputs);
    }

    /// <summary>An instance whose code asks for another activity than its history has.</summary>
    protected async Task<WorkflowFixture> ChangedAsync()
    {
        WorkflowFixture engine = await OpenAsync(Two("echo"));
        await engine.Client.StartAsync("w", "", "i", None);
        await Calls.MadeAsync("b");
        await engine.RestartAsync(Two("other"));
        return engine;
    }

    [Fact]
    public async Task Code_ThatAsksForLess_FailsToo()
    {
        WorkflowFixture engine = await WithAsync<string, string>("w", async (c, _) => await Echo(c, "a") + await Echo(c, "b") + await c.WaitForEventAsync<string>("e", None));
        await engine.Client.StartAsync("w", "", "i", None);
        await Calls.MadeAsync("b");
        await engine.RestartAsync(Catalog().Add(new InlineWorkflow<string, string>("w", (c, _) => Echo(c, "a"))));
        WorkflowInstance end = await engine.EndAsync();
        Assert.Equal("workflow-changed", end.Failure!.Code);
        Assert.Contains("'echo'", end.Failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Code_ThatAwaitsForeignWork_FailsInsteadOfHanging()
    {
        // Never done: however long the turn takes, it does not find it done.
        var foreign = new TaskCompletionSource();
        WorkflowFixture engine = await WithAsync<string, string>("w", async (c, _) =>
        {
            await foreign.Task;
            return await Echo(c, "a");
        });
        WorkflowInstance end = await engine.RunAsync("w", "");
        Assert.Equal("workflow-foreign-await", end.Failure!.Code);
        Assert.Contains("awaits only what its context returned", end.Failure.Message, StringComparison.Ordinal);
    }

    private WorkflowCatalog Two(string activity)
    {
        InlineWorkflow<string, string> workflow = new("w", async (c, _) =>
        {
            await c.CallActivityAsync<string>("echo", "a");
            await c.CallActivityAsync<string>(activity, "b");
            return await c.WaitForEventAsync<string>("e", None);
        });
        return Catalog().Add(new InlineActivity<string, string>("other", (_, i, _) => Task.FromResult(i))).Add(workflow);
    }
}
