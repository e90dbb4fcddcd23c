using MlOps.Domain.Experiments;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Tests.Experiments;

/// <summary>What a process remembers of a run that it wrote never hides what others made of it.</summary>
public sealed class WrittenRunsTests : TrackerTest
{
    [Fact]
    public async Task LogMetrics_ProcessesInTurns_KeepsAll()
    {
        await StartAsync("r1");
        ExperimentTracker[] processes = [Tracker, NewTracker()];

        for (int i = 0; i < 40; i++)
        {
            await processes[i % 2].LogMetricsAsync("r1", [Point("m", i, i), Point($"m{i}", i)], None);
            await processes[i % 2].SetTagsAsync("r1", Texts(($"t{i}", "x")), None);
        }

        Run run = await NewTracker().GetRunAsync("r1", None);
        Assert.Equal((41, 40), (run.Metrics.Count, run.Tags.Count));
        Assert.Equal(Enumerable.Range(0, 40), (await Tracker.MetricHistoryAsync("r1", "m", None)).Select(p => (int)p.Step));
    }

    [Fact]
    public async Task SetTags_ToWhatItWasBeforeAnotherProcessSetIt_SetsIt()
    {
        await StartAsync("r1");
        await Tracker.SetTagsAsync("r1", Texts(("t", "mine")), None);
        await NewTracker().SetTagsAsync("r1", Texts(("t", "theirs")), None);

        await Tracker.SetTagsAsync("r1", Texts(("t", "mine")), None);

        Assert.Equal("mine", (await NewTracker().GetRunAsync("r1", None)).Tags["t"]);
    }

    [Fact]
    public async Task LogParams_AnotherProcessLoggedOtherwise_IsAConflict()
    {
        await StartAsync("r1");
        await Tracker.LogMetricsAsync("r1", [Point("m", 1)], None);
        await NewTracker().LogParamsAsync("r1", Texts(("p", "1")), None);

        await FailsAsync(ErrorKind.Conflict, "param-changed", () => Tracker.LogParamsAsync("r1", Texts(("p", "2")), None));
    }

    [Fact]
    public async Task LogMetrics_AnotherProcessDeletedOrRestoredTheRun_DoesAsThatSays()
    {
        await StartAsync("r1");
        await Tracker.LogMetricsAsync("r1", [Point("m", 1, 1)], None);
        await NewTracker().DeleteRunAsync("r1", None);
        await FailsAsync(ErrorKind.Conflict, "run-deleted", () => Tracker.LogMetricsAsync("r1", [Point("m", 2, 2)], None));

        await Tracker.DeleteRunAsync("r1", None);
        await NewTracker().RestoreRunAsync("r1", None);
        await Tracker.LogMetricsAsync("r1", [Point("m", 3, 3)], None);

        Assert.Equal([1, 3], (await Tracker.MetricHistoryAsync("r1", "m", None)).Select(p => (int)p.Step));
    }

    [Fact]
    public async Task LogMetrics_RunIsGoneWhenItsTailIsFull_LeavesNothing()
    {
        string experiment = (await StartAsync("r1")).ExperimentId;
        await Tracker.LogMetricsAsync("r1", [.. Enumerable.Range(0, 1_000).Select(i => Point("m", i, i))], None);
        EntityPage rows = await Stores.Tables.QueryAsync("runs", experiment, new EntityRange(To: "a"), None);
        await Stores.Tables.WriteAsync("runs", EntityWrite.Delete(rows.Entities.Single().Key), None);

        await FailsAsync(ErrorKind.NotFound, "run-missing", () => Tracker.LogMetricsAsync("r1", [.. Enumerable.Range(0, 1_000).Select(i => Point("m", i, i))], None));

        Assert.Empty((await Stores.Tables.QueryAsync("metricLog", "r1", EntityRange.All, None)).Entities);
    }

    [Fact]
    public async Task LogMetrics_RefusedBetweenOthers_LeavesNoTrace()
    {
        await StartAsync("r1");
        await Tracker.LogParamsAsync("r1", Texts(("p", "1")), None);
        var refused = new RunChanges { Params = Texts(("p", "2")), Metrics = [Point("m", 2, 2)], Tags = new Dictionary<string, string?> { ["t"] = "x" } };

        await FailsAsync(ErrorKind.Conflict, "param-changed", () => Tracker.LogAsync("r1", refused, None));
        await Tracker.LogMetricsAsync("r1", [Point("m", 3, 3)], None);

        Run run = await NewTracker().GetRunAsync("r1", None);
        Assert.Empty(run.Tags);
        Assert.Equal([3], (await Tracker.MetricHistoryAsync("r1", "m", None)).Select(p => (int)p.Step));
    }

    [Fact]
    public async Task StartRun_Again_AnswersWhatLaterWritesDoNotChange()
    {
        await StartAsync("r1");
        await Tracker.SetTagsAsync("r1", Texts(("a", "1")), None);

        Run again = await StartAsync("r1");
        await Tracker.SetTagsAsync("r1", Texts(("b", "1")), None);

        Assert.Equal(["a"], again.Tags.Keys);
    }

    [Fact]
    public async Task LogMetrics_ToMoreRunsThanAreRemembered_KeepsAll()
    {
        string[] runs = [.. Enumerable.Range(0, 20).Select(i => $"r{i}")];
        var longTags = Enumerable.Range(0, 10).ToDictionary(i => $"t{i}", _ => new string('x', 8_000));
        foreach (string run in runs)
        {
            await StartAsync(run);
            await Tracker.SetTagsAsync(run, longTags, None);
        }

        foreach (int step in Enumerable.Range(0, 2))
        {
            foreach (string run in runs)
                await Tracker.LogMetricsAsync(run, [Point("m", step, step)], None);
        }

        foreach (string run in runs)
            Assert.Equal([0, 1], (await Tracker.MetricHistoryAsync(run, "m", None)).Select(p => (int)p.Step));
    }
}
