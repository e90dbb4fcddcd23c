using MlOps.Domain.Workflows;

namespace MlOps.Contracts.Workflows;

/// <summary>Steps: in sequence, side by side, again after a failure, after a time; over restarts.</summary>
public abstract class WorkflowStepContract : WorkflowContract
{
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
    public async Task Activity_WhenItsInstanceIsCancelled_IsCancelledToo()
    {
        Calls.Hold("a");
        WorkflowFixture engine = await WithAsync<string, string>("w", (c, input) => Echo(c, input));
        await engine.Client.StartAsync("w", "a", "i", None);
        await Calls.MadeAsync("a");
        await engine.Client.CancelAsync("i", "not wanted", None);
        await Eventually.TrueAsync(() => Calls.Running == 0, "the activity has stopped");
        Assert.Equal(WorkflowState.Cancelled, (await engine.EndAsync()).State);
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
        await Eventually.TrueAsync(() => engine.Clock.NextDue is null, "the timer is withdrawn, which may come after the end is told of");
    }

    /// <summary>However often the engine runs the code anew, it sees the same.</summary>
    [Fact]
    public async Task TimeIdsAndInputs_AreTheSameAfterARestart()
    {
        HashSet<string> seen = [];
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
        await Eventually.TrueAsync(() => Seen().Length == 2, "the workflow waits");
        engine.Clock.Advance(TimeSpan.FromHours(1));
        await engine.RestartAsync();
        await engine.RaiseAsync("e", "");
        WorkflowInstance end = await engine.EndAsync();
        Assert.Equal(2, Seen().Length);
        Assert.Equal($"\"{Seen()[0]}{Seen()[1]}\"", System.Text.RegularExpressions.Regex.Unescape(end.Output!));
        Assert.Equal(3, string.Join(' ', Seen()).Split(' ').Where(p => Guid.TryParse(p, out _)).Distinct().Count());

        string[] Seen()
        {
            lock (seen)
                return [.. seen];
        }
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
    public virtual async Task Timer_WithdrawnInARunningInstance_LeavesTheClock()
    {
        WorkflowFixture engine = await WithAsync<string, string>("w", async (c, _) =>
        {
            EventOrTimeout<string> answer = await c.WaitForEventAsync<string>("e", TimeSpan.FromDays(30));
            c.SetStatus(answer);
            return await c.WaitForEventAsync<string>("end", None);
        });
        await engine.Client.StartAsync("w", "", "i", None);
        await Eventually.TrueAsync(() => engine.Clock.NextDue is not null, "the time-out is set");
        await engine.RaiseAsync("e", "x");
        await Eventually.TrueAsync(() => engine.Clock.NextDue is null, "the time-out is withdrawn");
        Assert.Equal(WorkflowState.Running, (await engine.StatusAsync()).State);
    }
}
