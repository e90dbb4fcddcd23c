using MlOps.Domain.Experiments.Models;

namespace MlOps.Domain.Tests.Experiments;

public sealed class LoggedModelsTests : TrackerTest
{
    private LoggedModels Models => Tracker.Models;

    [Fact]
    public async Task LogMetrics_OfFiveThousandSeries_KeepsTheLatest()
    {
        await CreateAsync("m-1");
        for (int i = 0; i < 5; i++)
            await Models.LogMetricsAsync("m-1", [.. Enumerable.Range(i * 1_000, 1_000).Select(n => Metric($"run{n}", n))], None);

        LoggedModel model = await Models.GetAsync("m-1", None);
        Assert.Equal(Enumerable.Range(4_000, 1_000).Select(n => $"run{n}"), model.Metrics.Select(m => m.RunId));
        await Models.SetTagsAsync("m-1", Texts(("mlflow.modelVersions", "x")), None);
    }

    [Fact]
    public async Task LogMetrics_OfLongNames_KeepsWhatFitsBesideParams()
    {
        await CreateAsync("m-1");
        await Models.LogParamsAsync("m-1", Enumerable.Range(0, 38).ToDictionary(i => $"p{i}", _ => new string('a', 10_000)), None);

        await Models.LogMetricsAsync("m-1", [.. Enumerable.Range(0, 1_000).Select(n => Metric("r1", n) with { DatasetName = new string('\u00e9', 496) + n })], None);

        LoggedModel model = await Models.GetAsync("m-1", None);
        Assert.InRange(model.Metrics.Count, 50, 999);
        Assert.Equal(999, model.Metrics[^1].Value);
        await FailsAsync(ErrorKind.TooLarge, "logged-model-too-large", () => Models.LogParamsAsync("m-1", Enumerable.Range(40, 5).ToDictionary(i => $"p{i}", _ => new string('a', 10_000)), None));
    }

    [Fact]
    public async Task LogMetrics_OfTwoWritersAndLate_KeepsTheLatestOfEach()
    {
        await CreateAsync("m-1");

        await Task.WhenAll(Enumerable.Range(0, 8).Select(n => NewTracker().Models.LogMetricsAsync("m-1", [Metric($"run{n}", 2)], None)));
        await Models.LogMetricsAsync("m-1", [Metric("run3", 1), Metric("run4", double.NaN) with { Step = 7, Time = Stores.Time.GetUtcNow().AddHours(1) }], None);

        Dictionary<string, double> values = (await Models.GetAsync("m-1", None)).Metrics.ToDictionary(m => m.RunId, m => m.Value);
        Assert.Equal((8, 2, double.NaN), (values.Count, values["run3"], values["run4"]));
    }

    [Fact]
    public async Task Search_OfModelsOfOneMillisecond_AnswersTheNewestFirst()
    {
        string[] ids = ["m-b", "m-c", "m-a"];
        foreach (string id in ids)
        {
            await CreateAsync(id);
            Stores.Time.Advance(TimeSpan.FromMicroseconds(1));
        }

        Assert.Equal(ids.Reverse(), await SearchAsync());
    }

    [Theory]
    [InlineData("metrics.val loss", "m-1,m-2,m-3")]
    [InlineData("metrics.a(b) DESC", "m-2,m-1,m-3")]
    [InlineData("metrics.x.y", "m-3,m-2,m-1")]
    [InlineData("experiment_id", "m-3,m-2,m-1")]
    public async Task Search_OrderedByAField_TakesItAsItIs(string field, string expected)
    {
        foreach (string id in new[] { "m-1", "m-2", "m-3" })
        {
            await CreateAsync(id);
            Stores.Time.Advance(TimeSpan.FromSeconds(1));
        }

        await Models.LogMetricsAsync("m-1", [Metric("r", 1) with { Name = "val loss" }, Metric("r", 2) with { Name = "a(b) DESC" }], None);
        await Models.LogMetricsAsync("m-2", [Metric("r", 2) with { Name = "val loss" }, Metric("r", 1) with { Name = "a(b) DESC" }], None);

        Assert.Equal(expected.Split(','), await SearchAsync(new ModelOrder(field)));
    }

    [Theory]
    [InlineData("none.x")]
    [InlineData("nothing")]
    public async Task Search_OrderedByNoField_IsRefused(string field) =>
        await FailsAsync(ErrorKind.Invalid, "filter-invalid", () => SearchAsync(new ModelOrder(field)));

    [Fact]
    public async Task Search_PageByPageOverMissingAndNaN_AnswersEachOnce()
    {
        await CreateAsync("m-1");
        await CreateAsync("m-2");
        await CreateAsync("m-3");
        await Models.LogMetricsAsync("m-2", [Metric("r", double.NaN)], None);
        await Models.LogMetricsAsync("m-3", [Metric("r", 1)], None);
        var query = new LoggedModelQuery([(await Models.GetAsync("m-1", None)).ExperimentId]) { OrderBy = [new ModelOrder("metrics.auc", Descending: true)], Limit = 1 };

        var found = new List<string>();
        LoggedModelPage page = await Models.SearchAsync(query, None);
        for (; page.Continuation is not null; page = await Models.SearchAsync(query with { Continuation = page.Continuation }, None))
            found.Add(Assert.Single(page.Models).Id);

        Assert.Equal(["m-3", "m-2", "m-1"], [.. found, page.Models[0].Id]);
        await FailsAsync(ErrorKind.Invalid, "page-token", () => Models.SearchAsync(query with { Filter = "name = 'x'", Continuation = "AAAA" }, None));
    }

    [Fact]
    public async Task Create_Repeated_IsTheSameModel()
    {
        await CreateAsync("m-1");
        await Models.FinalizeAsync("m-1", LoggedModelStatus.Ready, None);

        Assert.Equal(LoggedModelStatus.Ready, (await CreateAsync("m-1")).Status);
    }

    private async Task<LoggedModel> CreateAsync(string id) =>
        await Models.CreateAsync(new LoggedModelStart(id, (await Tracker.EnsureExperimentAsync("churn", None)).Id, "clf"), None);

    private ModelMetric Metric(string run, double value) => new(run, "auc", value, 0, Stores.Time.GetUtcNow().AddSeconds(double.IsNaN(value) ? 0 : value));

    private async Task<string[]> SearchAsync(params ModelOrder[] order) =>
        [.. (await Models.SearchAsync(new LoggedModelQuery([(await Tracker.EnsureExperimentAsync("churn", None)).Id]) { OrderBy = order }, None)).Models.Select(m => m.Id)];
}
