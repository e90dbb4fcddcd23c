using MlOps.Domain.Experiments;

namespace MlOps.Domain.Tests.Experiments;

public sealed class ExperimentTests : TrackerTest
{
    [Fact]
    public async Task Ensure_TwiceTheSameName_IsOneExperiment()
    {
        Experiment first = await Tracker.EnsureExperimentAsync("churn", None);
        Experiment again = await Tracker.EnsureExperimentAsync("churn", None);

        Assert.Equal(first, again);
        Assert.Single(await Tracker.ListExperimentsAsync(None));
    }

    [Fact]
    public async Task Ensure_NamesThatDifferInCase_AreTwoExperiments()
    {
        await Tracker.EnsureExperimentAsync("churn", None);
        await Tracker.EnsureExperimentAsync("Churn", None);

        Assert.Equal(2, (await Tracker.ListExperimentsAsync(None)).Count);
    }

    [Fact]
    public async Task Ensure_EightAtOnce_GivesOneExperimentAName()
    {
        Experiment[] all = await Task.WhenAll(Enumerable.Range(0, 32).Select(i => Task.Run(() => Tracker.EnsureExperimentAsync($"e{i % 8}", None))));

        Assert.Equal(8, all.Select(e => e.Id).Distinct().Count());
        Assert.Equal(8, (await Tracker.ListExperimentsAsync(None)).Count);
        Assert.All(all.GroupBy(e => e.Name), g => Assert.Single(g.Distinct()));
    }

    [Theory]
    [InlineData("Kündigung / 解約 \\ # ? 100 %")]
    [InlineData("..")]
    [InlineData("a\"b'c")]
    public async Task Ensure_OddName_KeepsIt(string name)
    {
        Experiment experiment = await Tracker.EnsureExperimentAsync(name, None);

        Assert.Equal(name, experiment.Name);
        Assert.Equal(experiment, await Tracker.GetExperimentAsync(name, None));
    }

    [Fact]
    public async Task Ensure_LongestNameOfAnyScript_IsStored()
    {
        string name = new('約', TrackingLimits.NameChars);

        await Tracker.EnsureExperimentAsync(name, None);

        Assert.Equal(name, Assert.Single(await Tracker.ListExperimentsAsync(None)).Name);
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("\ud800")]
    public async Task Ensure_BadName_SaysWhatIsAllowed(string name)
    {
        MlOpsException e = await FailsAsync(ErrorKind.Invalid, "name-invalid", () => Tracker.EnsureExperimentAsync(name, None));

        Assert.Contains("1 to 500 characters", e.Message, StringComparison.Ordinal);
    }

    /// <summary>As MLflow takes them.</summary>
    [Fact]
    public async Task Names_WithLineBreaksAndTabs_AreKept()
    {
        Experiment experiment = await Tracker.EnsureExperimentAsync("a\nb", None);
        Run run = await Tracker.StartRunAsync(new RunStart("r1", "a\nb", "first\n\tsecond", RunLineage.None, RunChanges.NoTexts), None);

        Assert.Equal(("a\nb", experiment.Id, "first\n\tsecond"), (experiment.Name, run.ExperimentId, (await Tracker.GetRunAsync("r1", None)).Name));
    }

    [Fact]
    public async Task Ensure_NameTooLong_ShowsItsBeginning()
    {
        MlOpsException e = await FailsAsync(ErrorKind.Invalid, "name-invalid", () => Tracker.EnsureExperimentAsync(new string('x', 501), None));

        Assert.Contains("xxx...", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_UnknownName_NamesThoseThatExist()
    {
        await Tracker.EnsureExperimentAsync("churn", None);

        MlOpsException e = await FailsAsync(ErrorKind.NotFound, "experiment-missing", () => Tracker.GetExperimentAsync("chrun", None));

        Assert.Equal("there is no experiment 'chrun': there are 'churn'", e.Message);
    }

    [Fact]
    public async Task List_Experiments_NewestFirst()
    {
        foreach (string name in new[] { "b", "a", "c" })
        {
            await Tracker.EnsureExperimentAsync(name, None);
            Stores.Time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(["c", "a", "b"], (await Tracker.ListExperimentsAsync(None)).Select(e => e.Name));
    }
}
