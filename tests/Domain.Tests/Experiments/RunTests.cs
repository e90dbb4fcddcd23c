using MlOps.Domain.Experiments;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Tests.Experiments;

public sealed class RunTests : TrackerTest
{
    private static readonly RunLineage Lineage = new("telco@3", "d1", "s1", "1.0", "telco-7");

    [Fact]
    public async Task Start_NewRun_IsRunningWithWhatWasGiven()
    {
        Run run = await Tracker.StartRunAsync(new RunStart("r1", "churn", "gbdt 1", Lineage, Texts(("team", "crm")), "ann"), None);

        Assert.Equal(("r1", "churn", "gbdt 1", RunStatus.Running), (run.Id, run.Experiment, run.Name, run.Status));
        Assert.Equal((Lineage, "crm", "ann"), (run.Lineage, run.Tags["team"], run.User));
        Assert.Equal((Stores.Time.GetUtcNow(), null), (run.StartedAt, run.EndedAt));
    }

    [Fact]
    public async Task Start_AgainLater_IsTheSameRunWithItsFirstStart()
    {
        Run first = await StartAsync("r1");
        await Tracker.LogParamsAsync("r1", Texts(("depth", "6")), None);
        Stores.Time.Advance(TimeSpan.FromMinutes(5));

        Run again = await StartAsync("r1", name: "another name");

        Assert.Equal((first.StartedAt, "a run", "6"), (again.StartedAt, again.Name, again.Params["depth"]));
        Assert.Single(await Tracker.ListRunsAsync("churn", None).ToListAsync());
    }

    [Fact]
    public async Task Start_AfterACrashBetweenItsTwoRows_CompletesTheRun()
    {
        Experiment experiment = await Tracker.EnsureExperimentAsync("churn", None);
        DateTimeOffset claimed = Stores.Time.GetUtcNow();
        Run run = await StartAsync("r1");
        await Stores.Tables.WriteAsync("runs", EntityWrite.Delete(new EntityKey(experiment.Id, $"{SortKeys.NewestFirst(claimed)}-r1")), None);
        await FailsAsync(ErrorKind.NotFound, "run-missing", () => Tracker.GetRunAsync("r1", None));
        Stores.Time.Advance(TimeSpan.FromMinutes(1));

        Run again = await StartAsync("r1");

        Assert.Equal(run.StartedAt, again.StartedAt);
        Assert.Equal("r1", Assert.Single(await Tracker.ListRunsAsync("churn", None).ToListAsync()).Id);
    }

    [Fact]
    public async Task Start_EightAtOnce_IsOneRun()
    {
        Run[] all = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => StartAsync("r1"))));

        Assert.All(all, run => Assert.Equal("r1", run.Id));
        Assert.Single(await Tracker.ListRunsAsync("churn", None).ToListAsync());
    }

    [Fact]
    public async Task Start_AgainAfterItsExperimentWasRenamed_IsTheSameRun()
    {
        Run run = await Tracker.StartRunAsync(new RunStart("r-renamed", "called so", "x", RunLineage.None, RunChanges.NoTexts), None);
        await Tracker.Catalog.RenameAsync(run.ExperimentId, "called otherwise", None);

        Run again = await Tracker.StartRunAsync(new RunStart("r-renamed", "called so", "x", RunLineage.None, RunChanges.NoTexts), None);

        Assert.Equal((run.Id, run.ExperimentId, "called otherwise"), (again.Id, again.ExperimentId, again.Experiment));
        Assert.DoesNotContain("called so", (await Tracker.ListExperimentsAsync(None)).Select(e => e.Name));
    }

    [Fact]
    public async Task Start_IdOfAnotherExperiment_IsAConflict()
    {
        await StartAsync("r1", "churn");

        MlOpsException e = await FailsAsync(ErrorKind.Conflict, "run-exists", () => StartAsync("r1", "letters"));

        Assert.Contains("'letters'", e.Message, StringComparison.Ordinal);
        Assert.Empty(await Tracker.ListRunsAsync("letters", None).ToListAsync());
    }

    [Theory]
    [InlineData("")]
    [InlineData("../x")]
    [InlineData("..x")]
    [InlineData("a/b")]
    [InlineData("-x")]
    [InlineData("ä")]
    public async Task Start_BadRunId_WritesNothing(string runId)
    {
        await FailsAsync(ErrorKind.Invalid, "run-id-invalid", () => StartAsync(runId));

        Assert.Empty(await Tracker.ListExperimentsAsync(None));
    }

    [Theory]
    [InlineData(RunStatus.Finished)]
    [InlineData(RunStatus.Failed)]
    [InlineData(RunStatus.Killed)]
    public async Task End_WithStatus_KeepsReasonAndTime(RunStatus status)
    {
        await StartAsync("r1");
        Stores.Time.Advance(TimeSpan.FromSeconds(9));

        await Tracker.EndRunAsync("r1", status, "because", None);

        Run run = await Tracker.GetRunAsync("r1", None);
        Assert.Equal((status, "because", run.StartedAt.AddSeconds(9)), (run.Status, run.Reason, run.EndedAt));
    }

    [Fact]
    public async Task End_SameStatusAgain_KeepsTheFirstEnd()
    {
        await StartAsync("r1");
        await Tracker.EndRunAsync("r1", RunStatus.Finished, "first", None);
        Stores.Time.Advance(TimeSpan.FromSeconds(9));

        await Tracker.EndRunAsync("r1", RunStatus.Finished, "second", None);

        Run run = await Tracker.GetRunAsync("r1", None);
        Assert.Equal(("first", run.StartedAt), (run.Reason, run.EndedAt));
    }

    [Fact]
    public async Task End_FailedRunThatRanAgain_BecomesFinished()
    {
        await StartAsync("r1");
        await Tracker.EndRunAsync("r1", RunStatus.Failed, "out of memory", None);

        await Tracker.EndRunAsync("r1", RunStatus.Finished, null, None);

        Run run = await Tracker.GetRunAsync("r1", None);
        Assert.Equal((RunStatus.Finished, null), (run.Status, run.Reason));
    }

    [Fact]
    public async Task End_AsRunning_IsAProgrammersMistake()
    {
        await StartAsync("r1");

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Tracker.EndRunAsync("r1", RunStatus.Running, null, None));
    }

    [Fact]
    public async Task Get_UnknownRun_SaysSo()
    {
        MlOpsException e = await FailsAsync(ErrorKind.NotFound, "run-missing", () => Tracker.GetRunAsync("nope", None));

        Assert.Contains("'nope'", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_RunsOfAnExperiment_NewestFirst()
    {
        foreach (string id in new[] { "r1", "r3", "r2" })
        {
            await StartAsync(id);
            Stores.Time.Advance(TimeSpan.FromSeconds(1));
        }

        await StartAsync("other", "letters");

        Assert.Equal(["r2", "r3", "r1"], (await Tracker.ListRunsAsync("churn", None).ToListAsync()).Select(r => r.Id));
    }

    [Fact]
    public async Task Page_OfRuns_GoesOnWhereItEndedThoughNewRunsBegin()
    {
        for (int i = 0; i < 5; i++)
        {
            await StartAsync($"r{i}");
            Stores.Time.Advance(TimeSpan.FromSeconds(1));
        }

        RunPage first = await Tracker.PageRunsAsync("churn", 2, null, None);
        await StartAsync("new");
        RunPage second = await Tracker.PageRunsAsync("churn", 2, first.Continuation, None);
        RunPage last = await Tracker.PageRunsAsync("churn", 2, second.Continuation, None);

        Assert.Equal(["r4", "r3", "r2", "r1", "r0"], first.Runs.Concat(second.Runs).Concat(last.Runs).Select(r => r.Id));
        Assert.Null(last.Continuation);
    }
}
