using MlOps.Domain.Workflows;

namespace MlOps.Contracts.Workflows;

/// <summary>External events, and fresh histories that keep them.</summary>
public abstract class WorkflowEventContract : WorkflowContract
{
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
    public async Task Event_AsTheInstanceEnds_IsTakenOrRefusedButNeverLost()
    {
        WorkflowFixture engine = await WithAsync<string, List<int>>("w", async (c, _) =>
        {
            List<int> taken = [];
            while (taken.Count < 5)
                taken.Add(await c.WaitForEventAsync<int>("e", None));
            return taken;
        });
        await engine.Client.StartAsync("w", "", "i", None);
        bool[] told = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => TryRaiseAsync(engine, i)));
        List<int> taken = WorkflowJson.Read<List<int>>((await engine.EndAsync()).Output!)!;
        Assert.Equal(taken.Order(), Enumerable.Range(0, 40).Where(i => told[i]));
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

    private static async Task<bool> TryRaiseAsync(WorkflowFixture engine, int payload)
    {
        try
        {
            await engine.RaiseAsync("e", payload);
            return true;
        }
        catch (MlOpsException e) when (e.Code == "instance-ended")
        {
            return false;
        }
    }
}
