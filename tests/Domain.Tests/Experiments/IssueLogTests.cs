using MlOps.Domain.Experiments;
using MlOps.Domain.Experiments.Issues;
using MlOps.Domain.Experiments.Purging;
using MlOps.Domain.Experiments.Traces;

namespace MlOps.Domain.Tests.Experiments;

public sealed class IssueLogTests : TrackerTest
{
    private const string Other = Experiment.DefaultId;

    private IssueLog Issues => Tracker.Issues;

    [Fact]
    public async Task Create_Repeated_IsTheSameIssue()
    {
        Issue issue = Sample("iss-1") with { Severity = IssueSeverity.High, RootCauses = ["a"], Categories = ["b"], CreatedBy = "me" };

        await Issues.CreateAsync(issue, None);
        await Issues.UpdateAsync("iss-1", new IssueChanges(Status: IssueStatus.Resolved), None);
        Issue again = await Issues.CreateAsync(issue, None);

        Assert.Equal((IssueStatus.Resolved, IssueSeverity.High, "me"), (again.Status, again.Severity, again.CreatedBy));
        Assert.Equal(["a", "b"], again.RootCauses.Concat(again.Categories));
        Assert.Single((await Issues.SearchAsync(new IssueQuery(), None)).Issues);
    }

    [Fact]
    public async Task Create_OfARunThatIsNot_IsRefused()
    {
        await FailsAsync(ErrorKind.NotFound, "run-missing", () => Issues.CreateAsync(Sample("iss-1") with { SourceRunId = "nope" }, None));
        await FailsAsync(ErrorKind.NotFound, "experiment-missing", () => Issues.CreateAsync(Sample("iss-1") with { ExperimentId = "987654321" }, None));
        await FailsAsync(ErrorKind.Invalid, "name-invalid", () => Issues.CreateAsync(Sample("iss-1") with { Name = new string('x', 251) }, None));
        await FailsAsync(ErrorKind.TooLarge, "issue-too-large", () => Issues.CreateAsync(Sample("iss-1") with { Description = new string('x', 1 << 20) }, None));
        await FailsAsync(ErrorKind.NotFound, "issue-missing", () => Issues.GetAsync("iss-1", None));
    }

    [Fact]
    public async Task Update_ChangesWhatIsSaid_AndLeavesTheRest()
    {
        Issue issue = await Issues.CreateAsync(Sample("iss-1"), None);
        Stores.Time.Advance(TimeSpan.FromSeconds(1));

        Issue changed = await Issues.UpdateAsync("iss-1", new IssueChanges(Name: "slower", Severity: IssueSeverity.Low), None);

        Assert.Equal(("slower", issue.Description, IssueStatus.Pending, IssueSeverity.Low), (changed.Name, changed.Description, changed.Status, changed.Severity));
        Assert.Equal((issue.CreatedAt, Stores.Time.GetUtcNow()), (changed.CreatedAt, changed.UpdatedAt));
        await FailsAsync(ErrorKind.NotFound, "issue-missing", () => Issues.UpdateAsync("iss-2", new IssueChanges(Name: "x"), None));
    }

    [Fact]
    public async Task Search_OrdersByGravityThenTracesThenTheNewest_PageByPage()
    {
        (string Id, IssueSeverity? Severity)[] all =
            [("iss-none", null), ("iss-a", IssueSeverity.Low), ("iss-b", IssueSeverity.Low), ("iss-high", IssueSeverity.High), ("iss-not", IssueSeverity.NotAnIssue)];
        foreach ((string id, IssueSeverity? severity) in all)
        {
            await Issues.CreateAsync(Sample(id) with { Severity = severity }, None);
            Stores.Time.Advance(TimeSpan.FromSeconds(1));
        }

        await PointAsync("tr-1", "iss-a", "iss-a", "iss-none");
        await PointAsync("tr-2", "iss-a");

        Assert.Equal(["iss-high", "iss-b", "iss-a", "iss-not", "iss-none"], await PagesAsync(new IssueQuery { ExperimentId = Other, Limit = 2 }));
        Assert.Equal(["iss-high", "iss-a", "iss-b", "iss-not", "iss-none"], await PagesAsync(new IssueQuery { ExperimentId = Other, Limit = 2, CountsTraces = true }));
        IssuePage counted = await Issues.SearchAsync(new IssueQuery { CountsTraces = true }, None);
        Assert.Equal([0, 2, 0, 0, 1], counted.Issues.Select(i => i.TraceCount!.Value));
        Assert.All((await Issues.SearchAsync(new IssueQuery(), None)).Issues, issue => Assert.Null(issue.TraceCount));
    }

    [Theory]
    [InlineData("status = 'resolved'", "iss-2")]
    [InlineData("status != 'resolved' AND source_run_id = 'run'", "iss-1")]
    [InlineData("source_run_id != 'x'", "iss-1")]
    [InlineData("source_run_id IS NULL", "iss-2")]
    [InlineData("severity = 'not_an_issue' OR name = 'issue iss-1'", "iss-2,iss-1")]
    public async Task Search_ByWhatIsSaid_FindsIt(string filter, string expected)
    {
        await StartAsync("run");
        await Issues.CreateAsync(Sample("iss-1") with { SourceRunId = "run" }, None);
        await Issues.CreateAsync(Sample("iss-2") with { Status = IssueStatus.Resolved, Severity = IssueSeverity.NotAnIssue }, None);

        Assert.Equal(expected.Split(','), (await Issues.SearchAsync(new IssueQuery { Filter = filter }, None)).Issues.Select(i => i.Id));
    }

    [Fact]
    public async Task Search_OfAnUnknownField_NamesThoseThereAre()
    {
        MlOpsException e = await FailsAsync(ErrorKind.Invalid, "filter-invalid", () => Issues.SearchAsync(new IssueQuery { Filter = "nope = 'x'" }, None));

        Assert.Contains("source_run_id", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Issues_OfADeletedExperiment_AreNotFound_AndGoWithIt()
    {
        Experiment experiment = await Tracker.Catalog.CreateAsync(new ExperimentStart("troubled"), None);
        await Issues.CreateAsync(Sample("iss-1") with { ExperimentId = experiment.Id }, None);

        await Tracker.Catalog.DeleteAsync(experiment.Id, None);

        Assert.Empty((await Issues.SearchAsync(new IssueQuery(), None)).Issues);
        Assert.Empty((await Issues.SearchAsync(new IssueQuery { ExperimentId = experiment.Id }, None)).Issues);
        await FailsAsync(ErrorKind.Conflict, "experiment-deleted", () => Issues.CreateAsync(Sample("iss-2") with { ExperimentId = experiment.Id }, None));
        await using PurgeLease lease = await Tracker.Purge.LeaseAsync(None);
        Assert.True(await Tracker.Purge.ClaimExperimentAsync(experiment.Id, Stores.Time.GetUtcNow(), None));
        Assert.True(await Tracker.Purge.RemoveSomeAsync(experiment.Id, None));
        Assert.False(await Tracker.Purge.RemoveSomeAsync(experiment.Id, None));
        await FailsAsync(ErrorKind.NotFound, "issue-missing", () => Issues.GetAsync("iss-1", None));
    }

    [Fact]
    public async Task Traces_AreFoundByTheIssueThatTheyPointTo()
    {
        await PointAsync("tr-1", "iss-1");
        await PointAsync("tr-2", "iss-2");

        TracePage found = await Tracker.Traces.SearchAsync(new TraceQuery([Other]) { Filter = "issue.id = 'iss-2'" }, None);

        Assert.Equal(["tr-2"], found.Traces.Select(t => t.Id));
    }

    private Issue Sample(string id) => new(id, Other, $"issue {id}", "what is wrong", Stores.Time.GetUtcNow());

    private async Task PointAsync(string trace, params string[] issues)
    {
        await Tracker.Traces.StoreAsync(new Trace(trace, Other, Stores.Time.GetUtcNow()), None);
        for (int i = 0; i < issues.Length; i++)
            await Tracker.Traces.AssessAsync(trace, new Assessment($"a-{trace}-{i}", issues[i], Stores.Time.GetUtcNow(), null, null, null) { IssueName = "x" }, None);
    }

    private async Task<List<string>> PagesAsync(IssueQuery query)
    {
        var ids = new List<string>();
        string? next = null;
        do
        {
            IssuePage page = await Issues.SearchAsync(query with { Continuation = next }, None);
            ids.AddRange(page.Issues.Select(i => i.Id));
            next = page.Continuation;
        }
        while (next is not null);
        return ids;
    }
}
