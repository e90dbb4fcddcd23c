using MlOps.Domain.Workflows;

namespace MlOps.Contracts.Workflows;

/// <summary>What every workflow engine must do. A subclass brings the engine.</summary>
public abstract class WorkflowContract : IAsyncLifetime
{
    private WorkflowFixture? _fixture;

    protected Calls Calls { get; } = new();

    protected static CancellationToken None => CancellationToken.None;

    protected abstract Task<WorkflowFixture> OpenAsync(WorkflowCatalog catalog, int maxConcurrentActivities);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_fixture is not null)
            await _fixture.DisposeAsync();
    }

    [Fact]
    public async Task Sequence_OfActivities_PassesResultsOn()
    {
        WorkflowFixture engine = await WithAsync<string, string>("w", async (c, input) =>
            await Echo(c, await Echo(c, input) + "b"));
        WorkflowInstance end = await engine.RunAsync("w", "a");
        Assert.Equal((WorkflowState.Completed, "\"AB\""), (end.State, end.Output));
        Assert.Equal(["a", "Ab"], Calls.Inputs);
    }

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
    public async Task FanOut_WithBound_KeepsOrderAndBound()
    {
        string[] items = [.. Enumerable.Range(0, 20).Select(i => $"x{i}")];
        WorkflowFixture engine = await WithAsync<string, string>("w", async (c, _) =>
            string.Join(",", await c.FanOutAsync(items, 3, item => Echo(c, item))));
        WorkflowInstance end = await engine.RunAsync("w", "");
        Assert.Equal($"\"{string.Join(",", items).ToUpperInvariant()}\"", end.Output);
        Assert.InRange(Calls.MostAtOnce, 1, 3);
        Assert.Equal(20, Calls.Inputs.Count);
    }

    [Fact]
    public async Task FanOut_WithoutBound_IsHeldByTheEngine()
    {
        string[] items = [.. Enumerable.Range(0, 40).Select(i => $"x{i}")];
        WorkflowFixture engine = await WithAsync<string, int>("w", async (c, _) =>
            (await Task.WhenAll(items.Select(item => Echo(c, item)))).Length, maxConcurrentActivities: 2);
        WorkflowInstance end = await engine.RunAsync("w", "");
        Assert.Equal("40", end.Output);
        Assert.InRange(Calls.MostAtOnce, 1, 2);
    }

    [Fact]
    public async Task FanOut_OfManySteps_FitsTheStore()
    {
        WorkflowFixture engine = await WithAsync<string, int>("w", async (c, _) =>
            (await Task.WhenAll(Enumerable.Range(0, 350).Select(i => Echo(c, $"x{i}")))).Distinct().Count());
        Assert.Equal("350", (await engine.RunAsync("w", "")).Output);
    }

    [Fact]
    public async Task FanOut_AfterAFailure_BeginsNoMore()
    {
        Calls.Fail("x1");
        WorkflowFixture engine = await WithAsync<string, int>("w", async (c, _) =>
            (await c.FanOutAsync(["x0", "x1", "x2", "x3"], 1, item => Echo(c, item))).Count);
        WorkflowInstance end = await engine.RunAsync("w", "");
        Assert.Equal(WorkflowState.Failed, end.State);
        Assert.Equal("x1 failed", end.Failure!.Message);
        Assert.Equal(["x0", "x1"], Calls.Inputs);
    }

    [Fact]
    public async Task Retry_OfTransientFailure_BacksOffAndKeepsTheKey()
    {
        Calls.Fail("a", 2);
        WorkflowFixture engine = await WithAsync<string, string>("w", async (c, input) =>
        {
            DateTimeOffset began = c.UtcNow;
            await c.CallActivityAsync<string>("echo", input, new RetryPolicy(3, TimeSpan.FromSeconds(10), 3));
            return $"{(c.UtcNow - began).TotalSeconds}";
        });
        WorkflowInstance end = await engine.RunAsync("w", "a");
        Assert.Equal("\"40\"", end.Output);
        Assert.Equal([1, 2, 3], Calls.AttemptsOf("a"));
        Assert.Single(Calls.KeysOf("a").Distinct());
    }

    [Fact]
    public async Task Retry_WhenAllAttemptsFail_FailsTheStepWithItsCause()
    {
        Calls.Fail("a");
        WorkflowFixture engine = await WithAsync<string, string>("w", async (c, input) =>
        {
            try
            {
                return await c.CallActivityAsync<string>("echo", input, new RetryPolicy(2, TimeSpan.FromSeconds(1)));
            }
            catch (WorkflowStepException e)
            {
                return $"{e.Step} {e.Failure.Kind} {e.Failure.Code} {e.Failure.Message}";
            }
        });
        Assert.Equal("\"echo Unavailable out-of-order a failed\"", (await engine.RunAsync("w", "a")).Output);
        Assert.Equal(2, Calls.Inputs.Count);
    }

    [Fact]
    public async Task Retry_OfInvalidInput_IsNotTried()
    {
        int calls = 0;
        var catalog = new WorkflowCatalog()
            .Add(new InlineActivity<string, string>("refuse", (_, _, _) =>
            {
                calls++;
                throw MlOpsException.Invalid("bad", "no");
            }))
            .Add(new InlineWorkflow<string, string>("w", (c, input) => c.CallActivityAsync<string>("refuse", input, RetryPolicy.Default)));
        WorkflowInstance end = await (await OpenAsync(catalog)).RunAsync("w", "a");
        Assert.Equal((WorkflowState.Failed, new StepFailure(ErrorKind.Invalid, "bad", "no"), 1), (end.State, end.Failure, calls));
    }

    [Fact]
    public async Task RetryWait_OverARestart_GoesOn()
    {
        Calls.Fail("a", 1);
        WorkflowFixture engine = await WithAsync<string, string>("w", (c, input) =>
            c.CallActivityAsync<string>("echo", input, new RetryPolicy(2, TimeSpan.FromHours(1))));
        await engine.Client.StartAsync("w", "a", "i", None);
        DateTimeOffset retry = engine.Clock.GetUtcNow() + TimeSpan.FromHours(1);
        await Eventually.TrueAsync(() => Calls.Inputs.Count == 1 && engine.Clock.NextDue is not null, "the retry is waiting");
        await engine.RestartAsync();
        Assert.Single(Calls.Inputs);
        WorkflowInstance end = await engine.EndAsync();
        Assert.Equal("\"A\"", end.Output);
        Assert.Equal([1, 2], Calls.AttemptsOf("a"));
        Assert.True(end.UpdatedAt >= retry, $"retried at {end.UpdatedAt}");
    }

    [Fact]
    public async Task Timer_CompletesWhenDue()
    {
        WorkflowFixture engine = await WithAsync<string, DateTimeOffset>("w", async (c, _) =>
        {
            await c.CreateTimerAsync(c.UtcNow.AddDays(60), None);
            return c.UtcNow;
        });
        DateTimeOffset due = engine.Clock.GetUtcNow().AddDays(60);
        await engine.Client.StartAsync("w", "", "i", None);
        await Eventually.TrueAsync(() => engine.Clock.NextDue is not null, "the timer is set");
        engine.Clock.Advance(TimeSpan.FromDays(59));
        Assert.Equal(WorkflowState.Running, (await engine.StatusAsync()).State);
        engine.Clock.Advance(TimeSpan.FromDays(1));
        WorkflowInstance end = await engine.EndAsync();
        Assert.Equal(WorkflowJson.Write(due), end.Output);
    }

    [Fact]
    public async Task Timer_OverARestartThatPassesItsTime_FiresAtOnce()
    {
        WorkflowFixture engine = await WithAsync<string, string>("w", async (c, _) =>
        {
            await c.CreateTimerAsync(c.UtcNow.AddHours(1), None);
            return await Echo(c, "after");
        });
        await engine.Client.StartAsync("w", "", "i", None);
        await Eventually.TrueAsync(() => engine.Clock.NextDue is not null, "the timer is set");
        await engine.RestartAsync();
        engine.Clock.Advance(TimeSpan.FromHours(2));
        Assert.Equal("\"AFTER\"", (await engine.EndAsync()).Output);
    }

    [Fact]
    public async Task Timer_Withdrawn_IsNotWaitedFor()
    {
        WorkflowFixture engine = await WithAsync<string, string>("w", async (c, _) =>
        {
            using var cancel = new CancellationTokenSource();
            Task timer = c.CreateTimerAsync(c.UtcNow.AddYears(1), cancel.Token);
            await Echo(c, "a");
            cancel.Cancel();
            try
            {
                await timer;
                return "fired";
            }
            catch (OperationCanceledException)
            {
                return "withdrawn";
            }
        });
        await engine.Client.StartAsync("w", "", "i", None);
        WorkflowInstance end = await engine.Client.WaitAsync("i", None);
        Assert.Equal("\"withdrawn\"", end.Output);
        Assert.Null(engine.Clock.NextDue);
    }

    [Fact]
    public async Task Event_BeforeAnybodyWaits_IsKeptInOrder()
    {
        WorkflowFixture engine = await WithAsync<string, string>("w", async (c, _) =>
        {
            await c.WaitForEventAsync<string>("go", None);
            return await c.WaitForEventAsync<string>("Item", None) + await c.WaitForEventAsync<string>("item", None);
        });
        await engine.Client.StartAsync("w", "", "i", None);
        await engine.RaiseAsync("item", "1");
        await engine.RaiseAsync("ITEM", "2");
        await engine.RaiseAsync("go", "");
        Assert.Equal("\"12\"", (await engine.EndAsync()).Output);
    }

    [Fact]
    public async Task Event_RaisedTwiceWithOneId_CountsOnce()
    {
        WorkflowFixture engine = await WithAsync<string, string>("w", async (c, _) =>
            await c.WaitForEventAsync<string>("e", None) + await c.WaitForEventAsync<string>("e", None));
        await engine.Client.StartAsync("w", "", "i", None);
        await engine.RaiseAsync("e", "a", "id1");
        await engine.RaiseAsync("e", "a", "id1");
        await engine.RestartAsync();
        await engine.RaiseAsync("e", "a", "id1");
        await engine.RaiseAsync("e", "b", "id2");
        Assert.Equal("\"ab\"", (await engine.EndAsync()).Output);
        await engine.RaiseAsync("e", "b", "id2");
    }

    [Fact]
    public async Task Event_WithTimeOut_TellsWhichCameFirst()
    {
        WorkflowFixture engine = await WithAsync<string, string>("w", async (c, _) =>
        {
            EventOrTimeout<string> late = await c.WaitForEventAsync<string>("e", TimeSpan.FromHours(1));
            c.SetStatus("second");
            EventOrTimeout<string> early = await c.WaitForEventAsync<string>("e", TimeSpan.FromHours(1));
            return $"{late.TimedOut} {early.TimedOut} {early.Payload}";
        });
        await engine.Client.StartAsync("w", "", "i", None);
        await Eventually.TrueAsync(() => engine.Clock.NextDue is not null, "the time-out is set");
        engine.Clock.Advance(TimeSpan.FromHours(1));
        await engine.StatusIsAsync("\"second\"");
        await engine.RaiseAsync("e", "here");
        Assert.Equal("\"True False here\"", (await engine.EndAsync()).Output);
    }

    [Fact]
    public async Task Event_ForEndedOrMissingInstance_IsRefused()
    {
        WorkflowFixture engine = await WithAsync<string, string>("w", (c, input) => Echo(c, input));
        await engine.RunAsync("w", "a");
        Assert.Equal("instance-ended", (await Assert.ThrowsAsync<MlOpsException>(() => engine.RaiseAsync("e", 1))).Code);
        Assert.Equal("instance-missing", (await Assert.ThrowsAsync<MlOpsException>(() => engine.RaiseAsync("e", 1, null, "x"))).Code);
    }

    [Fact]
    public async Task SubWorkflow_ReturnsItsOutput()
    {
        var catalog = Catalog()
            .Add(new InlineWorkflow<string, string>("child", (c, input) => Echo(c, input)))
            .Add(new InlineWorkflow<string, string>("parent", async (c, input) =>
                await c.CallWorkflowAsync<string>("child", input) + await c.CallWorkflowAsync<string>("child", "b", "my-child")));
        WorkflowFixture engine = await OpenAsync(catalog);
        Assert.Equal("\"AB\"", (await engine.RunAsync("parent", "a")).Output);
        Assert.Equal(WorkflowState.Completed, (await engine.StatusAsync("my-child")).State);
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
    public async Task ContinueAsNew_KeepsUnconsumedEvents()
    {
        WorkflowFixture engine = await WithAsync<string, string>("w", async (c, seen) =>
        {
            string next = seen + await c.WaitForEventAsync<string>("e", None);
            c.SetStatus(next);
            if (next.Length < 4)
                c.ContinueAsNew(next);
            return next;
        });
        await engine.Client.StartAsync("w", "", "i", None);
        foreach (string item in new[] { "a", "b", "c" })
            await engine.RaiseAsync("e", item, item);
        await engine.StatusIsAsync("\"abc\"");
        await engine.RestartAsync();
        await engine.RaiseAsync("e", "c", "c");
        await engine.RaiseAsync("e", "d", "d");
        WorkflowInstance end = await engine.EndAsync();
        Assert.Equal(("\"abcd\"", "\"abc\""), (end.Output, end.Input));
    }

    [Fact]
    public async Task ContinueAsNew_GivesStepsNewKeys()
    {
        WorkflowFixture engine = await WithAsync<int, int>("w", async (c, n) =>
        {
            await Echo(c, "a");
            if (n < 3)
                c.ContinueAsNew(n + 1);
            return n;
        });
        Assert.Equal("3", (await engine.RunAsync("w", 1)).Output);
        Assert.Equal(3, Calls.KeysOf("a").Distinct().Count());
    }

    [Fact]
    public async Task Cancel_EndsInstanceChildrenAndActivities()
    {
        Calls.Hold("a");
        var catalog = Catalog()
            .Add(new InlineWorkflow<string, string>("child", (c, input) => Echo(c, input)))
            .Add(new InlineWorkflow<string, string>("parent", (c, input) => c.CallWorkflowAsync<string>("child", input, "kid")));
        WorkflowFixture engine = await OpenAsync(catalog);
        await engine.Client.StartAsync("parent", "a", "i", None);
        await Calls.MadeAsync("a");
        await engine.Client.CancelAsync("i", "not wanted", None);
        Assert.Equal((WorkflowState.Cancelled, "not wanted"), ((await engine.EndAsync()).State, (await engine.StatusAsync()).Failure!.Message));
        Assert.Equal(WorkflowState.Cancelled, (await engine.EndAsync("kid")).State);
        Assert.Equal("instance-ended", (await Assert.ThrowsAsync<MlOpsException>(() => engine.Client.CancelAsync("i", "again", None))).Code);
    }

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
        Calls.Fail("b1");
        WorkflowFixture engine = await WithAsync<string, string>("w", async (c, _) =>
        {
            string[] all = await Task.WhenAll(new[] { "a", "b", "c" }.Select(async item => await Echo(c, item + "1") + await Echo(c, item + "2")));
            return string.Join(",", all);
        });
        await engine.RunAsync("w", "");
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

    [Fact]
    public async Task TimeIdsAndInputs_AreTheSameAfterARestart()
    {
        List<string> seen = [];
        WorkflowFixture engine = await WithAsync<string, string>("w", async (c, _) =>
        {
            string start = $"{c.UtcNow:O} {c.NewGuid()} {c.NewGuid()}";
            lock (seen)
                seen.Add(start);
            await Echo(c, "a");
            string middle = $"{c.UtcNow:O} {c.NewGuid()}";
            lock (seen)
                seen.Add(middle);
            await c.WaitForEventAsync<string>("e", None);
            return start + middle;
        });
        await engine.Client.StartAsync("w", "", "i", None);
        await Eventually.TrueAsync(() => seen.Count == 2, "the workflow waits");
        engine.Clock.Advance(TimeSpan.FromHours(1));
        await engine.RestartAsync();
        await engine.RaiseAsync("e", "");
        WorkflowInstance end = await engine.EndAsync();
        Assert.Equal(seen.Take(2), seen.Skip(2));
        Assert.Equal($"\"{seen[0]}{seen[1]}\"", System.Text.RegularExpressions.Regex.Unescape(end.Output!));
        Assert.Equal(3, string.Join(' ', seen.Take(2)).Split(' ').Where(p => Guid.TryParse(p, out _)).Distinct().Count());
    }

    [Fact]
    public async Task Restart_AtEachStep_ComesToTheSameEnd()
    {
        string[] items = ["a", "b", "c", "d"];
        foreach (string item in items)
            Calls.Hold(item);
        WorkflowFixture engine = await WithAsync<string, string>("w", async (c, _) =>
            string.Concat(await c.FanOutAsync(["a", "b"], 2, item => Echo(c, item))) + await Echo(c, "c") + await Echo(c, "d"));
        await engine.Client.StartAsync("w", "", "i", None);
        foreach (string item in items)
        {
            await Calls.MadeAsync(item);
            await engine.RestartAsync();
            await Calls.MadeAsync(item, 2);
            Calls.Release(item);
        }

        Assert.Equal("\"ABCD\"", (await engine.EndAsync()).Output);
        Assert.All(items, item => Assert.Single(Calls.KeysOf(item).Distinct()));
    }

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

    protected WorkflowCatalog Catalog() => new WorkflowCatalog().Add(Calls.Echo);

    protected static Task<string> Echo(IWorkflowContext context, string input) => context.CallActivityAsync<string>("echo", input);

    protected async Task<WorkflowFixture> OpenAsync(WorkflowCatalog catalog) => _fixture = await OpenAsync(catalog, 8);

    protected async Task<WorkflowFixture> WithAsync<TInput, TOutput>(string name, Func<IWorkflowContext, TInput, Task<TOutput>> run, int maxConcurrentActivities = 8) =>
        _fixture = await OpenAsync(Catalog().Add(new InlineWorkflow<TInput, TOutput>(name, run)), maxConcurrentActivities);

    private static async Task<List<string>> ListAsync(WorkflowFixture engine, string? workflow, WorkflowState? state)
    {
        List<string> ids = [];
        await foreach (WorkflowInstance instance in engine.Client.ListAsync(workflow, state, None))
            ids.Add(instance.InstanceId);
        return ids;
    }
}
