using MlOps.Domain.EvaluationDatasets;
using MlOps.Domain.Experiments;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Tests.EvaluationDatasets;

public sealed class EvaluationDatasetsTests : EvaluationDatasetTest
{
    [Fact]
    public async Task Create_OfTheSameIdAgain_IsTheSame()
    {
        EvaluationDataset made = await Datasets.CreateAsync(new EvaluationDatasetStart("d-1", "qa") { Tags = Texts(("k", "v")), CreatedBy = "ann" }, None);
        Stores.Time.Advance(TimeSpan.FromSeconds(1));

        EvaluationDataset again = await CreateAsync("d-1", "other");

        Assert.Equal(("qa", made.CreatedAt, "v", "ann"), (again.Name, again.CreatedAt, again.Tags["k"], again.UpdatedBy));
    }

    [Theory]
    [InlineData("", "name-invalid")]
    [InlineData("  ", "name-invalid")]
    [InlineData("a\nb", "name-invalid")]
    public async Task Create_OfANameThatIsNone_IsRefused(string name, string code) => await FailsAsync(ErrorKind.Invalid, code, () => CreateAsync(name: name));

    [Fact]
    public async Task Create_InAnExperimentThatIsNot_IsRefused()
    {
        await FailsAsync(ErrorKind.NotFound, "experiment-missing", () => CreateAsync("d-1", "qa", "77"));

        await FailsAsync(ErrorKind.NotFound, "evaluation-data-set-missing", () => Datasets.GetAsync("d-1", None));
    }

    [Fact]
    public async Task Experiments_AreAddedAndTakenOff_InOrder()
    {
        string[] ids = [await ExperimentAsync("a"), await ExperimentAsync("b"), await ExperimentAsync("c")];
        await CreateAsync("d-1", "qa", ids[2]);

        await Datasets.AddToExperimentsAsync("d-1", [ids[1], ids[0], ids[2]], None);
        await Tracker.Catalog.DeleteAsync(ids[0], None);
        await Datasets.AddToExperimentsAsync("d-1", [ids[0]], None);
        EvaluationDataset left = await Datasets.RemoveFromExperimentsAsync("d-1", [ids[2], "77"], None);

        Assert.Equal([ids[0], ids[1]], left.ExperimentIds);
        await FailsAsync(ErrorKind.NotFound, "experiment-missing", () => Datasets.AddToExperimentsAsync("d-1", ["77"], None));
    }

    [Fact]
    public async Task Tags_AreSetAndTakenOff()
    {
        EvaluationDataset made = await CreateAsync();
        Stores.Time.Advance(TimeSpan.FromSeconds(1));

        await Datasets.SetTagsAsync("d-1", Texts(("a", "1"), ("b", "2")), None);
        await Datasets.SetTagsAsync("d-1", Texts(("a", "3")), None);
        await Datasets.DeleteTagAsync("d-1", "b", None);
        await Datasets.DeleteTagAsync("d-1", "none", None);

        EvaluationDataset after = await Datasets.GetAsync("d-1", None);
        Assert.Equal([("a", "3")], after.Tags.Select(t => (t.Key, t.Value)));
        Assert.Equal(made.UpdatedAt, after.UpdatedAt);
        await FailsAsync(ErrorKind.Invalid, "key-invalid", () => Datasets.SetTagsAsync("d-1", Texts(("", "x")), None));
        await FailsAsync(ErrorKind.Invalid, "value-too-long", () => Datasets.SetTagsAsync("d-1", Texts(("a", new string('x', 8_001))), None));
    }

    [Fact]
    public async Task Records_PagedWhileOthersComeAndGo_NeitherRepeatNorHide()
    {
        await CreateAsync();
        await Datasets.MergeAsync("d-1", Numbered(10), None);

        RecordPage first = await Datasets.RecordsAsync("d-1", 4, null, None);
        await Datasets.DeleteRecordsAsync("d-1", [first.Records[1].Id, first.Records[3].Id], None);
        Stores.Time.Advance(TimeSpan.FromSeconds(1));
        await Datasets.MergeAsync("d-1", Numbered(2, from: 10), None);
        RecordPage second = await Datasets.RecordsAsync("d-1", 100, first.Continuation, None);

        Assert.Equal(Enumerable.Range(4, 8), second.Records.Select(NumberOf));
        Assert.Null(second.Continuation);
    }

    [Fact]
    public async Task Records_WithTheTokenOfAnotherDataset_AreRefused()
    {
        await CreateAsync();
        await CreateAsync("d-1-x");
        await Datasets.MergeAsync("d-1", Numbered(3), None);
        await Datasets.MergeAsync("d-1-x", Numbered(3), None);
        string? token = (await Datasets.RecordsAsync("d-1", 2, null, None)).Continuation;

        await FailsAsync(ErrorKind.Invalid, "continuation-invalid", () => Datasets.RecordsAsync("d-1-x", 2, token, None));

        Assert.Equal(3, (await AllAsync()).Count);
    }

    [Fact]
    public async Task DeleteRecords_CountsThoseThatWereThere_AndTheyMayComeAgain()
    {
        await CreateAsync();
        await Datasets.MergeAsync("d-1", Numbered(120), None);
        EvaluationDataset before = await Datasets.GetAsync("d-1", None);
        string[] ids = [.. (await AllAsync()).Select(r => r.Id)];

        int deleted = await Datasets.DeleteRecordsAsync("d-1", [.. ids[..110], ids[0], "dr-none"], None);

        Assert.Equal((110, 10, before.Digest), (deleted, (await Datasets.GetAsync("d-1", None)).Records, (await Datasets.GetAsync("d-1", None)).Digest));
        Assert.Equal(new MergeCount(1, 1), await Datasets.MergeAsync("d-1", [Edit("""{"n":0}"""), Edit("""{"n":110}""")], None));
        Assert.Equal([0, .. Enumerable.Range(110, 10)], (await AllAsync()).Select(NumberOf).Order());
    }

    [Fact]
    public async Task Delete_RemovesAllRows_AndOnlyItsOwn()
    {
        await CreateAsync();
        await CreateAsync("d-1-x");
        await Datasets.MergeAsync("d-1", Numbered(250), None);
        await Datasets.MergeAsync("d-1-x", Numbered(3), None);

        await Datasets.DeleteAsync("d-1", None);
        await Datasets.DeleteAsync("d-1", None);

        Assert.Equal(["d-1-x"], (await Datasets.SearchAsync(new EvaluationDatasetQuery(), None)).Datasets.Select(d => d.Id));
        Assert.Equal(7, await Stores.Tables.ScanAsync("evaluationDatasets", "d", EntityRange.All, None).CountAsync());
        await FailsAsync(ErrorKind.NotFound, "evaluation-data-set-missing", () => Datasets.RecordsAsync("d-1", 10, null, None));
    }

    [Fact]
    public async Task Delete_BrokenOff_HidesItAndIsFinishedByRepeatingIt()
    {
        await CreateAsync();
        await Datasets.MergeAsync("d-1", Numbered(250), None);
        int writes = 0;

        await Assert.ThrowsAsync<IOException>(() => Over(new FailingTable(Stores.Tables, () => ++writes == 3)).DeleteAsync("d-1", None));
        await FailsAsync(ErrorKind.NotFound, "evaluation-data-set-missing", () => Datasets.MergeAsync("d-1", Numbered(1), None));
        Assert.Empty((await Datasets.SearchAsync(new EvaluationDatasetQuery(), None)).Datasets);
        await Datasets.DeleteAsync("d-1", None);

        Assert.Equal(0, await Stores.Tables.ScanAsync("evaluationDatasets", "d", EntityRange.All, None).CountAsync());
    }

    [Theory]
    [InlineData("name = 'b'", "d-2")]
    [InlineData("name LIKE '%a%' AND tags.t = '1'", "d-1")]
    [InlineData("name ILIKE 'B'", "d-2")]
    [InlineData("created_by = 'ann'", "d-3")]
    [InlineData("created_time > 0 AND tags.t IS NULL", "d-3,d-2")]
    [InlineData(null, "d-3,d-2,d-1")]
    public async Task Search_ByAFilter_FindsTheNewestFirst(string? filter, string expected)
    {
        await CreateThreeAsync();

        EvaluationDatasetPage page = await Datasets.SearchAsync(new EvaluationDatasetQuery { Filter = filter }, None);

        Assert.Equal(expected.Split(','), page.Datasets.Select(d => d.Id));
    }

    [Fact]
    public async Task Search_OfExperiments_PageByPage()
    {
        string experiment = await ExperimentAsync("e");
        await CreateThreeAsync();
        await Datasets.AddToExperimentsAsync("d-1", [experiment], None);
        await Datasets.AddToExperimentsAsync("d-3", [experiment], None);
        var query = new EvaluationDatasetQuery { ExperimentIds = [experiment], OrderBy = ["name DESC"], Limit = 1 };

        EvaluationDatasetPage first = await Datasets.SearchAsync(query, None);
        EvaluationDatasetPage second = await Datasets.SearchAsync(query with { Continuation = first.Continuation }, None);

        Assert.Equal(["d-3", "d-1"], first.Datasets.Concat(second.Datasets).Select(d => d.Id));
        Assert.Null(second.Continuation);
        await FailsAsync(ErrorKind.Invalid, "filter-invalid", () => Datasets.SearchAsync(new EvaluationDatasetQuery { Filter = "size > 3" }, None));
    }

    private async Task CreateThreeAsync()
    {
        await Datasets.CreateAsync(new EvaluationDatasetStart("d-1", "a") { Tags = Texts(("t", "1")) }, None);
        Stores.Time.Advance(TimeSpan.FromSeconds(1));
        await CreateAsync("d-2", "b");
        Stores.Time.Advance(TimeSpan.FromSeconds(1));
        await Datasets.CreateAsync(new EvaluationDatasetStart("d-3", "car") { CreatedBy = "ann" }, None);
    }

    private async Task<string> ExperimentAsync(string name) => (await Tracker.Catalog.CreateAsync(new ExperimentStart(name), None)).Id;
}
