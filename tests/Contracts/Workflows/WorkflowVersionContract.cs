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
        await engine.RestartAsync(Catalog().Add(Of("1")).Add(Of("2")));
        await engine.Client.RerunAsync("i", None);
        await engine.RaiseAsync("e", "x");
        Assert.Equal(("\"x\"", "1"), ((await engine.EndAsync()).Output, (await engine.StatusAsync()).Version));
    }

    [Fact]
    public async Task Code_ThatWasChanged_FailsNamingStepHistoryAndCode()
    {
        static InlineWorkflow<string, string> Of(string activity) => new("w", async (c, _) =>
        {
            await c.CallActivityAsync<string>("echo", "a");
            await c.CallActivityAsync<string>(activity, "b");
            return await c.WaitForEventAsync<string>("e", None);
        });
        WorkflowCatalog Two(string activity) => Catalog().Add(new InlineActivity<string, string>("other", (_, i, _) => Task.FromResult(i))).Add(Of(activity));
        WorkflowFixture engine = await OpenAsync(Two("echo"));
        await engine.Client.StartAsync("w", "", "i", None);
        await Calls.MadeAsync("b");
        await engine.RestartAsync(Two("other"));
        WorkflowInstance end = await engine.EndAsync();
        Assert.Equal((WorkflowState.Failed, "workflow-changed"), (end.State, end.Failure!.Code));
        Assert.Contains("instance 'i'", end.Failure.Message, StringComparison.Ordinal);
        Assert.Contains("activity 'echo' as step 2", end.Failure.Message, StringComparison.Ordinal);
        Assert.Contains("asked for activity 'other'", end.Failure.Message, StringComparison.Ordinal);
        await engine.RestartAsync(Two("echo"));
        await engine.Client.RerunAsync("i", None);
        await engine.RaiseAsync("e", "x");
        Assert.Equal("\"x\"", (await engine.EndAsync()).Output);
        Assert.Equal(["a", "b"], Calls.Inputs);
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
        Assert.Contains("activity 'echo' as step 2", end.Failure.Message, StringComparison.Ordinal);
        Assert.Contains("did not ask for it", end.Failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Code_ThatAwaitsForeignWork_FailsInsteadOfHanging()
    {
        WorkflowFixture engine = await WithAsync<string, string>("w", async (c, _) =>
        {
            await Task.Delay(50);
            return await Echo(c, "a");
        });
        WorkflowInstance end = await engine.RunAsync("w", "");
        Assert.Equal("workflow-foreign-await", end.Failure!.Code);
        Assert.Contains("awaits only what its context returned", end.Failure.Message, StringComparison.Ordinal);
    }
}
