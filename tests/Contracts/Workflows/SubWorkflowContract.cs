using MlOps.Domain.Workflows;

namespace MlOps.Contracts.Workflows;

/// <summary>Workflows as steps of others.</summary>
public abstract class SubWorkflowContract : WorkflowContract
{
    [Fact]
    public async Task SubWorkflow_ReturnsItsOutput()
    {
        var catalog = Catalog()
            .Add(new InlineWorkflow<string, string>("child", (c, input) => Echo(c, input)))
            .Add(new InlineWorkflow<string, string>("parent", async (c, input) =>
                await c.CallWorkflowAsync<string>("child", input) + await c.CallWorkflowAsync<string>("child", "b")));
        WorkflowFixture engine = await OpenAsync(catalog);
        Assert.Equal("\"AB\"", (await engine.RunAsync("parent", "a")).Output);
        Assert.Equal(WorkflowState.Completed, (await engine.StatusAsync("i:2")).State);
    }

    [Fact]
    public async Task SubWorkflow_OverARestart_IsFoundAgain()
    {
        Calls.Hold("a");
        var catalog = Catalog()
            .Add(new InlineWorkflow<string, string>("child", (c, input) => Echo(c, input)))
            .Add(new InlineWorkflow<string, string>("parent", (c, input) => c.CallWorkflowAsync<string>("child", input)));
        WorkflowFixture engine = await OpenAsync(catalog);
        await engine.Client.StartAsync("parent", "a", "i", None);
        await Calls.MadeAsync("a");
        await engine.RestartAsync();
        await Calls.MadeAsync("a", 2);
        Calls.Release("a");
        Assert.Equal("\"A\"", (await engine.EndAsync()).Output);
        Assert.Single(Calls.KeysOf("a").Distinct());
    }

    [Fact]
    public async Task SubWorkflow_ThatFails_FailsItsCallerWithTheCause()
    {
        Calls.Fail("a");
        var catalog = Catalog()
            .Add(new InlineWorkflow<string, string>("child", (c, input) => Echo(c, input)))
            .Add(new InlineWorkflow<string, string>("parent", (c, input) => c.CallWorkflowAsync<string>("child", input)));
        WorkflowInstance end = await (await OpenAsync(catalog)).RunAsync("parent", "a");
        Assert.Equal(new StepFailure(ErrorKind.Unavailable, "out-of-order", "a failed"), end.Failure);
    }

    [Fact]
    public async Task Cancel_EndsInstanceChildrenAndActivities()
    {
        Calls.Hold("a");
        var catalog = Catalog()
            .Add(new InlineWorkflow<string, string>("child", (c, input) => Echo(c, input)))
            .Add(new InlineWorkflow<string, string>("parent", (c, input) => c.CallWorkflowAsync<string>("child", input)));
        WorkflowFixture engine = await OpenAsync(catalog);
        await engine.Client.StartAsync("parent", "a", "i", None);
        await Calls.MadeAsync("a");
        await engine.Client.CancelAsync("i", "not wanted", None);
        Assert.Equal((WorkflowState.Cancelled, "not wanted"), ((await engine.EndAsync()).State, (await engine.StatusAsync()).Failure!.Message));
        Assert.Equal(WorkflowState.Cancelled, (await engine.EndAsync("i:1")).State);
        Assert.Equal("instance-ended", (await Assert.ThrowsAsync<MlOpsException>(() => engine.Client.CancelAsync("i", "again", None))).Code);
    }

    [Fact]
    public async Task SubWorkflow_Unknown_FailsTheStep()
    {
        WorkflowFixture engine = await WithAsync<string, string>("w", (c, input) => c.CallWorkflowAsync<string>("nobody", input));
        Assert.Equal("workflow-unknown", (await engine.RunAsync("w", "a")).Failure!.Code);
    }
}
