using MlOps.Domain.Experiments;

namespace MlOps.Domain.Tests.Experiments;

public sealed class LoggingTests : TrackerTest
{
    [Fact]
    public async Task LogParams_SameValueAgain_IsFine()
    {
        await StartAsync("r1");

        await Tracker.LogParamsAsync("r1", Texts(("depth", "6")), None);
        await Tracker.LogParamsAsync("r1", Texts(("depth", "6"), ("trees", "100")), None);

        Assert.Equal(Texts(("depth", "6"), ("trees", "100")), (await Tracker.GetRunAsync("r1", None)).Params);
    }

    [Fact]
    public async Task LogParams_OtherValue_IsAConflictThatWritesNothing()
    {
        await StartAsync("r1");
        await Tracker.LogParamsAsync("r1", Texts(("depth", "6")), None);

        MlOpsException e = await FailsAsync(ErrorKind.Conflict, "param-changed", () => Tracker.LogParamsAsync("r1", Texts(("a", "1"), ("depth", "7")), None));

        Assert.Equal("param 'depth' of run 'r1' is '6' and cannot become '7': params are fixed once logged; start another run, or use a tag", e.Message);
        Assert.Equal(Texts(("depth", "6")), (await Tracker.GetRunAsync("r1", None)).Params);
    }

    [Fact]
    public async Task Log_BatchWithAChangedParam_LogsNoMetricAndNoTag()
    {
        await StartAsync("r1");
        await Tracker.LogParamsAsync("r1", Texts(("depth", "6")), None);
        var batch = new RunChanges
        {
            Params = Texts(("depth", "7")),
            Metrics = [Point("auc", 0.8)],
            Tags = new Dictionary<string, string?> { ["t"] = "1" },
        };

        await FailsAsync(ErrorKind.Conflict, "param-changed", () => Tracker.LogAsync("r1", batch, None));

        Run run = await Tracker.GetRunAsync("r1", None);
        Assert.Empty(run.Metrics);
        Assert.Empty(run.Tags);
        Assert.Empty(await Tracker.MetricHistoryAsync("r1", "auc", None));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task LogParams_FromEightWritersAtOnce_KeepsAll(bool processes)
    {
        await StartAsync("r1");

        await Task.WhenAll(Enumerable.Range(0, 8).Select(w => Task.Run(async () =>
        {
            ExperimentTracker tracker = processes ? NewTracker() : Tracker;
            for (int i = 0; i < 10; i++)
                await tracker.LogParamsAsync("r1", Texts(($"p{w}.{i}", $"{i}"), ("shared", "x")), None);
        })));

        Assert.Equal(81, (await Tracker.GetRunAsync("r1", None)).Params.Count);
    }

    [Fact]
    public async Task LogParams_OneNameWithTwoValuesAtOnce_OneWins()
    {
        await StartAsync("r1");

        bool[] won = await Task.WhenAll(Enumerable.Range(0, 8).Select(w => Task.Run(async () =>
        {
            try
            {
                await Tracker.LogParamsAsync("r1", Texts(("winner", $"{w}")), None);
                return true;
            }
            catch (MlOpsException e) when (e.Code == "param-changed")
            {
                return false;
            }
        })));

        Assert.Single(won, w => w);
        Assert.Equal($"{Array.IndexOf(won, true)}", (await Tracker.GetRunAsync("r1", None)).Params["winner"]);
    }

    [Fact]
    public async Task SetTags_Again_TheLastValueStandsAndNullRemoves()
    {
        await StartAsync("r1");
        await Tracker.SetTagsAsync("r1", Texts(("a", "1"), ("b", "1")), None);
        await Tracker.SetTagsAsync("r1", Texts(("a", "2")), None);

        await Tracker.LogAsync("r1", new RunChanges { Tags = new Dictionary<string, string?> { ["b"] = null } }, None);

        Assert.Equal(Texts(("a", "2")), (await Tracker.GetRunAsync("r1", None)).Tags);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a//b")]
    [InlineData("/a")]
    [InlineData("a/../b")]
    [InlineData("..")]
    [InlineData("tab\tname")]
    [InlineData("100%")]
    public async Task Log_BadName_IsRefusedForParamMetricAndTag(string name)
    {
        await StartAsync("r1");

        await FailsAsync(ErrorKind.Invalid, "key-invalid", () => Tracker.LogParamsAsync("r1", Texts((name, "1")), None));
        await FailsAsync(ErrorKind.Invalid, "key-invalid", () => Tracker.SetTagsAsync("r1", Texts((name, "1")), None));
        MlOpsException e = await FailsAsync(ErrorKind.Invalid, "key-invalid", () => Tracker.LogMetricsAsync("r1", [Point(name, 1)], None));

        Assert.Contains($"'{name.Replace('\t', ' ')}'", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mlflow.runName")]
    [InlineData("val/loss at 5: top-1")]
    [InlineData("Größe_約")]
    public async Task Log_NameThatMlflowAllows_IsKept(string name)
    {
        await StartAsync("r1");

        await Tracker.LogAsync("r1", new RunChanges { Params = Texts((name, "1")), Metrics = [Point(name, 2)], Tags = new Dictionary<string, string?> { [name] = "3" } }, None);

        Run run = await Tracker.GetRunAsync("r1", None);
        Assert.Equal(("1", 2.0, "3"), (run.Params[name], run.Metrics[name], run.Tags[name]));
        Assert.Equal(2, Assert.Single(await Tracker.MetricHistoryAsync("r1", name, None)).Value);
    }

    [Fact]
    public async Task LogParams_ValueTooLong_SaysTheLimitAndTheWayOut()
    {
        await StartAsync("r1");

        MlOpsException e = await FailsAsync(ErrorKind.Invalid, "value-too-long", () => Tracker.LogParamsAsync("r1", Texts(("p", new string('x', 8_001))), None));

        Assert.Equal("the value of param 'p' has 8,001 characters, at most 8,000 are allowed: log long texts as an artifact", e.Message);
    }

    [Fact]
    public async Task Log_ToARunThatDoesNotExist_WritesNothing()
    {
        await FailsAsync(ErrorKind.NotFound, "run-missing", () => Tracker.LogMetricsAsync("nope", [Point("auc", 1)], None));
        await FailsAsync(ErrorKind.NotFound, "run-missing", () => Tracker.LogParamsAsync("nope", Texts(("a", "1")), None));

        await StartAsync("nope");
        Assert.Empty(await Tracker.MetricHistoryAsync("nope", "auc", None));
    }
}
