using MlOps.Domain.Workflows;

namespace MlOps.Contracts.Workflows;

/// <summary>What becomes of an instance as such: starting, listing, purging, failing.</summary>
public abstract class WorkflowStartContract : WorkflowContract
{
    [Fact]
    public async Task Start_TwiceUnderOneId_RunsOnce()
    {
        WorkflowFixture engine = await WithAsync<string, string>("w", (c, input) => Echo(c, input));
        await engine.RunAsync("w", "a");
        Assert.False(await engine.Client.StartAsync("w", "b", "i", None));
        Assert.Equal(["a"], Calls.Inputs);
        Assert.Equal("\"a\"", (await engine.StatusAsync()).Input);
    }

    [Fact]
    public async Task Start_ConcurrentlyUnderOneId_StartsOne()
    {
        WorkflowFixture engine = await WithAsync<string, string>("w", (c, input) => Echo(c, input));
        bool[] started = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => engine.Client.StartAsync("w", "a", "i", None)));
        await engine.EndAsync();
        Assert.Single(started, s => s);
        Assert.Single(Calls.Inputs);
    }

    [Fact]
    public async Task Start_OfUnknownWorkflow_NamesTheKnownOnes()
    {
        WorkflowFixture engine = await WithAsync<string, string>("known", (c, input) => Echo(c, input));
        MlOpsException e = await Assert.ThrowsAsync<MlOpsException>(() => engine.Client.StartAsync("unknown", "a", "i", None));
        Assert.Equal((ErrorKind.NotFound, "workflow-unknown"), (e.Kind, e.Code));
        Assert.Contains("known", e.Message, StringComparison.Ordinal);
        Assert.Null(await engine.Client.FindAsync("i", None));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a/b")]
    [InlineData("ü")]
    public async Task Start_WithBadId_SaysWhatIsAllowed(string id)
    {
        WorkflowFixture engine = await WithAsync<string, string>("w", (c, input) => Echo(c, input));
        MlOpsException e = await Assert.ThrowsAsync<MlOpsException>(() => engine.Client.StartAsync("w", "a", id, None));
        Assert.Equal((ErrorKind.Invalid, "instance-id"), (e.Kind, e.Code));
        Assert.Contains("A-Z a-z 0-9 - _ . :", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Purge_RemovesAnEndedInstanceOnly()
    {
        WorkflowFixture engine = await WithAsync<string, string>("w", (c, _) => c.WaitForEventAsync<string>("e", None));
        await engine.Client.StartAsync("w", "", "i", None);
        Assert.Equal("instance-running", (await Assert.ThrowsAsync<MlOpsException>(() => engine.Client.PurgeAsync("i", None))).Code);
        await engine.RaiseAsync("e", "x", "id");
        await engine.EndAsync();
        Assert.True(await engine.Client.PurgeAsync("i", None));
        Assert.False(await engine.Client.PurgeAsync("i", None));
        Assert.Null(await engine.Client.FindAsync("i", None));
        Assert.Empty(await ListAsync(engine, "w", null));
        Assert.True(await engine.Client.StartAsync("w", "", "i", None));
    }

    [Fact]
    public async Task List_IsNewestFirst_ByWorkflowAndState()
    {
        var catalog = Catalog()
            .Add(new InlineWorkflow<string, string>("done", (c, input) => Echo(c, input)))
            .Add(new InlineWorkflow<string, string>("open", (c, _) => c.WaitForEventAsync<string>("e", None)));
        WorkflowFixture engine = await OpenAsync(catalog);
        foreach (string id in new[] { "1", "2", "3" })
        {
            await engine.RunAsync("done", "a", "d" + id);
            engine.Clock.Advance(TimeSpan.FromSeconds(1));
            await engine.Client.StartAsync("open", "a", "o" + id, None);
            engine.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(["d3", "d2", "d1"], await ListAsync(engine, "done", null));
        Assert.Equal(["o3", "o2", "o1"], await ListAsync(engine, null, WorkflowState.Running));
        Assert.Equal(["o3", "d3", "o2", "d2", "o1", "d1"], await ListAsync(engine, null, null));
        Assert.Empty(await ListAsync(engine, "done", WorkflowState.Failed));
    }

    [Fact]
    public async Task Message_OverTheLimit_IsRefusedWithItsSize()
    {
        string large = new('x', 20_000);
        var catalog = Catalog()
            .Add(new InlineActivity<string, string>("large", (_, _, _) => Task.FromResult(large)))
            .Add(new InlineWorkflow<string, string>("out", (c, input) => c.CallActivityAsync<string>("large", input)))
            .Add(new InlineWorkflow<string, string>("in", (c, _) => Echo(c, large)));
        WorkflowFixture engine = await OpenAsync(catalog);
        foreach (StepFailure? failure in new[] { (await engine.RunAsync("out", "")).Failure, (await engine.RunAsync("in", "", "j")).Failure })
        {
            Assert.Equal((ErrorKind.TooLarge, "message-too-large"), (failure!.Kind, failure.Code));
            Assert.Contains("20002 bytes, 16384 are allowed", failure.Message, StringComparison.Ordinal);
        }

        Assert.Equal("message-too-large", (await Assert.ThrowsAsync<MlOpsException>(() => engine.Client.StartAsync("in", large, "k", None))).Code);
    }

    [Fact]
    public async Task Poison_InWorkflowCode_FailsThatInstanceOnly()
    {
        var catalog = Catalog()
            .Add(new InlineWorkflow<string, string>("poison", (_, _) => throw new InvalidDataException("boom")))
            .Add(new InlineWorkflow<string, string>("w", (c, input) => Echo(c, input)));
        WorkflowFixture engine = await OpenAsync(catalog);
        WorkflowInstance end = await engine.RunAsync("poison", "a");
        Assert.Equal(new StepFailure(ErrorKind.Unavailable, "unexpected", "InvalidDataException: boom"), end.Failure);
        Assert.Equal("\"A\"", (await engine.RunAsync("w", "a", "j")).Output);
    }

    [Fact]
    public async Task Activity_Unknown_FailsTheStepAndNamesTheKnownOnes()
    {
        WorkflowFixture engine = await WithAsync<string, string>("w", (c, input) => c.CallActivityAsync<string>("ecko", input, RetryPolicy.Default));
        WorkflowInstance end = await engine.RunAsync("w", "a");
        Assert.Equal((ErrorKind.NotFound, "activity-unknown"), (end.Failure!.Kind, end.Failure.Code));
        Assert.Contains("'ecko'; there are echo", end.Failure.Message, StringComparison.Ordinal);
    }

    private static async Task<List<string>> ListAsync(WorkflowFixture engine, string? workflow, WorkflowState? state)
    {
        List<string> ids = [];
        await foreach (WorkflowInstance instance in engine.Client.ListAsync(workflow, state, None))
            ids.Add(instance.InstanceId);
        return ids;
    }
}
