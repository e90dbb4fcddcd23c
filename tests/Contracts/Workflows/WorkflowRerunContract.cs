using MlOps.Domain.Workflows;

namespace MlOps.Contracts.Workflows;

/// <summary>Going on after a failure, and taking back what was done.</summary>
public abstract class WorkflowRerunContract : WorkflowContract
{
    [Fact]
    public async Task Rerun_OfFailedSequence_KeepsCompletedStepsAndKeys()
    {
        Calls.Fail("b");
        WorkflowFixture engine = await WithAsync<string, string>("w", async (c, _) =>
            await Echo(c, "a") + await Echo(c, "b") + await Echo(c, "c"));
        Assert.Equal(WorkflowState.Failed, (await engine.RunAsync("w", "")).State);
        Calls.Mend("b");
        await engine.Client.RerunAsync("i", None);
        Assert.Equal("\"ABC\"", (await engine.EndAsync()).Output);
        Assert.Equal(["a", "b", "b", "c"], Calls.Inputs);
        Assert.Single(Calls.KeysOf("b").Distinct());
        Assert.Null((await engine.StatusAsync()).Failure);
    }

    [Fact]
    public async Task Rerun_AfterAFailureThatWasDealtWith_GoesOnAsIfItHadNotFailed()
    {
        Calls.Fail("b");
        WorkflowFixture engine = await WithAsync<string, string>("w", async (c, _) =>
        {
            await Echo(c, "a");
            try
            {
                await Echo(c, "b");
            }
            catch (WorkflowStepException)
            {
                await Echo(c, "note the failure");
                throw;
            }

            return await Echo(c, "c");
        });
        await engine.RunAsync("w", "");
        await engine.Client.RerunAsync("i", None);
        Assert.Equal(WorkflowState.Failed, (await engine.EndAsync()).State);
        await engine.RestartAsync();
        Calls.Mend("b");
        await engine.Client.RerunAsync("i", None);
        Assert.Equal("\"C\"", (await engine.EndAsync()).Output);
        Assert.Equal(["a", "b", "note the failure", "b", "note the failure", "b", "c"], Calls.Inputs);
        Assert.Equal(2, Calls.KeysOf("note the failure").Distinct().Count());
        Assert.Empty(Calls.KeysOf("c").Intersect(Calls.KeysOf("note the failure")));
    }

    [Fact]
    public async Task Rerun_OfFanOut_RunsOnlyWhatFailed()
    {
        // The other branches are on their way when the one fails: steps asked for once nothing ran would count as the code's answer to the failure.
        Calls.Hold("b1");
        Calls.Fail("b1");
        WorkflowFixture engine = await WithAsync<string, string>("w", async (c, _) =>
        {
            string[] all = await Task.WhenAll(new[] { "a", "b", "c" }.Select(async item => await Echo(c, item + "1") + await Echo(c, item + "2")));
            return string.Join(",", all);
        });
        await engine.Client.StartAsync("w", "", "i", None);
        await Calls.MadeAsync("a2");
        await Calls.MadeAsync("c2");
        Calls.Release("b1");
        Assert.Equal(WorkflowState.Failed, (await engine.EndAsync()).State);
        Calls.Mend("b1");
        await engine.Client.RerunAsync("i", None);
        await engine.RestartAsync();
        Assert.Equal("\"A1A2,B1B2,C1C2\"", (await engine.EndAsync()).Output);
        Assert.All(new[] { "a1", "a2", "c1", "c2" }, item => Assert.Single(Calls.KeysOf(item)));
        Assert.Single(Calls.KeysOf("b1").Distinct());
    }

    [Fact]
    public async Task Rerun_OfFailedParent_RerunsTheChildFromItsFailedStep()
    {
        Calls.Fail("b");
        var catalog = Catalog()
            .Add(new InlineWorkflow<string, string>("child", async (c, _) => await Echo(c, "a") + await Echo(c, "b")))
            .Add(new InlineWorkflow<string, string>("parent", (c, input) => c.CallWorkflowAsync<string>("child", input)));
        WorkflowFixture engine = await OpenAsync(catalog);
        await engine.RunAsync("parent", "");
        Calls.Mend("b");
        await engine.Client.RerunAsync("i", None);
        Assert.Equal("\"AB\"", (await engine.EndAsync()).Output);
        Assert.Equal(["a", "b", "b"], Calls.Inputs);
    }

    [Fact]
    public async Task Rerun_OfCancelled_GoesOnWhereItStood()
    {
        Calls.Hold("b");
        WorkflowFixture engine = await WithAsync<string, string>("w", async (c, _) => await Echo(c, "a") + await Echo(c, "b"));
        await engine.Client.StartAsync("w", "", "i", None);
        await Calls.MadeAsync("b");
        await engine.Client.CancelAsync("i", "wait", None);
        Calls.Release("b");
        await engine.Client.RerunAsync("i", None);
        Assert.Equal("\"AB\"", (await engine.EndAsync()).Output);
        Assert.Equal(["a", "b", "b"], Calls.Inputs);
    }

    [Fact]
    public async Task Rerun_OfCompletedOrMissing_IsRefused()
    {
        WorkflowFixture engine = await WithAsync<string, string>("w", (c, input) => Echo(c, input));
        await engine.RunAsync("w", "a");
        Assert.Equal("instance-not-failed", (await Assert.ThrowsAsync<MlOpsException>(() => engine.Client.RerunAsync("i", None))).Code);
        Assert.Equal("instance-missing", (await Assert.ThrowsAsync<MlOpsException>(() => engine.Client.RerunAsync("x", None))).Code);
    }

    [Fact]
    public async Task Undo_AfterAFailure_TakesBackInReverse()
    {
        Calls.Fail("c");
        WorkflowFixture engine = await WithAsync<string, string>("w", (c, _) => c.WithUndoAsync(async undo =>
        {
            foreach (string item in new[] { "a", "b", "c" })
            {
                undo.Add("echo", "undo " + item);
                await Echo(c, item);
            }

            return "done";
        }));
        WorkflowInstance end = await engine.RunAsync("w", "");
        Assert.Equal(["a", "b", "c", "undo c", "undo b", "undo a"], Calls.Inputs);
        Assert.Equal((WorkflowState.Failed, "undone"), (end.State, end.Failure!.Code));
        Assert.StartsWith("c failed", end.Failure.Message, StringComparison.Ordinal);
        Assert.Equal("instance-undone", (await Assert.ThrowsAsync<MlOpsException>(() => engine.Client.RerunAsync("i", None))).Code);
    }

    [Fact]
    public async Task Undo_ThatFails_SaysWhatIsLeft()
    {
        Calls.Fail("b");
        Calls.Fail("undo a");
        WorkflowFixture engine = await WithAsync<string, string>("w", (c, _) => c.WithUndoAsync(async undo =>
        {
            undo.Add("echo", "undo a", new RetryPolicy(1, TimeSpan.Zero));
            await Echo(c, "a");
            return await Echo(c, "b");
        }));
        WorkflowInstance end = await engine.RunAsync("w", "");
        Assert.Equal("undo-failed", end.Failure!.Code);
        Assert.Contains("'echo' (undo a failed)", end.Failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rerun_AfterAnEarlierFailureWasOvercome_KeepsWhatCameOfIt()
    {
        Calls.Fail("a");
        Calls.Fail("c");
        WorkflowFixture engine = await WithAsync<string, string>("w", async (c, _) =>
        {
            string first;
            try
            {
                first = await Echo(c, "a");
            }
            catch (WorkflowStepException)
            {
                first = await Echo(c, "instead of a");
            }

            return first + await Echo(c, "b") + await Echo(c, "c");
        });
        await engine.RunAsync("w", "");
        Calls.Mend("a");
        Calls.Mend("c");
        await engine.Client.RerunAsync("i", None);
        Assert.Equal("\"INSTEAD OF ABC\"", (await engine.EndAsync()).Output);
        Assert.Equal(["a", "instead of a", "b", "c", "c"], Calls.Inputs);
    }

    [Fact]
    public async Task Rerun_OfUnexpectedFailure_GoesOnOnceTheCodeIsMended()
    {
        static InlineWorkflow<string, string> Of(bool broken) => new("w", async (c, _) =>
        {
            string a = await Echo(c, "a");
            return broken ? throw new InvalidDataException("boom") : a + await Echo(c, "b");
        });
        WorkflowFixture engine = await OpenAsync(Catalog().Add(Of(broken: true)));
        Assert.Equal("unexpected", (await engine.RunAsync("w", "")).Failure!.Code);
        await engine.RestartAsync(Catalog().Add(Of(broken: false)));
        await engine.Client.RerunAsync("i", None);
        Assert.Equal("\"AB\"", (await engine.EndAsync()).Output);
        Assert.Equal(["a", "b"], Calls.Inputs);
    }
}
