using MlOps.Domain.Experiments;
using MlOps.Domain.Experiments.Traces;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Tests.Experiments;

public sealed class TraceLogTests : TrackerTest
{
    private TraceLog Traces => Tracker.Traces;

    [Fact]
    public async Task Delete_OfATraceWhoseTagsPointElsewhere_RemovesItsOwnSpansAndNoOtherFile()
    {
        string experiment = await ExperimentAsync();
        await StoreAsync(experiment, "tr-1");
        await StoreAsync(experiment, "tr-2");
        await StartAsync("r1");
        string[] others = [await SpansAsync(experiment, "tr-2"), $"{experiment}/r1/artifacts/model.bin", $"{experiment}/models/m-1/artifacts/MLmodel"];
        foreach (string file in others)
            await WriteAsync(file);
        await SpansAsync(experiment, "tr-1");

        foreach (string place in new[] { "", "/traces/tr-2/artifacts", "/r1/artifacts" })
        {
            var tags = Texts((Trace.LocationTag, $"mlflow-artifacts:/{experiment}{place}"));
            await Traces.SetTagAsync("tr-1", Trace.LocationTag, tags[Trace.LocationTag], None);
            await Traces.EndAsync("tr-1", Stores.Time.GetUtcNow(), TraceState.Ok, Texts(), tags, None);
            await Traces.StoreAsync(await Traces.GetAsync("tr-1", None) with { Tags = tags }, None);
        }

        Assert.Equal($"mlflow-artifacts:/{experiment}/traces/tr-1/artifacts", (await Traces.GetAsync("tr-1", None)).AllTags()[Trace.LocationTag]);
        await FailsAsync(ErrorKind.Invalid, "tag-fixed", () => Traces.DeleteTagAsync("tr-1", Trace.LocationTag, None));
        Assert.Equal(1, await Traces.DeleteAsync(new TraceDeletion(experiment, null, null, ["tr-1"]), None));
        await FailsAsync(ErrorKind.NotFound, "artifact-missing", () => Tracker.Artifacts.DownloadAsync($"{experiment}/traces/tr-1/artifacts/traces.json", None));
        foreach (string file in others)
            await (await Tracker.Artifacts.DownloadAsync(file, None)).Content!.DisposeAsync();
    }

    [Fact]
    public async Task Delete_OfAnotherExperimentsId_RemovesNothing()
    {
        await StoreAsync(await ExperimentAsync("a"), "tr-1");

        Assert.Equal(0, await Traces.DeleteAsync(new TraceDeletion(await ExperimentAsync("b"), null, null, ["tr-1"]), None));
        Assert.NotNull(await Traces.GetAsync("tr-1", None));
    }

    [Fact]
    public async Task Delete_OfTheOldest_TakesThoseUpToAMillisecondAndNoMore()
    {
        string experiment = await ExperimentAsync();
        DateTimeOffset begin = DateTimeOffset.FromUnixTimeMilliseconds(1_000);
        for (int i = 0; i < 5; i++)
            await Traces.StoreAsync(new Trace($"tr-{i}", experiment, begin.AddTicks(i * 5_000)), None);

        // 0 and 1 began in millisecond 1000, 2 and 3 in 1001.
        Assert.Equal(1, await Traces.DeleteAsync(new TraceDeletion(experiment, begin.AddMilliseconds(1), 1, null), None));
        Assert.Equal(["tr-4", "tr-3", "tr-2", "tr-1"], await SearchAsync(experiment));
        Assert.Equal(1, await Traces.DeleteAsync(new TraceDeletion(experiment, begin, null, null), None));
        Assert.Equal(["tr-4", "tr-3", "tr-2"], await SearchAsync(experiment));
    }

    [Fact]
    public async Task Delete_OfATraceWhosePlaceCanHoldNoFile_RemovesIt()
    {
        string[] places = ["mlflow-artifacts:/../x", "mlflow-artifacts:/" + new string('a', 480)];
        foreach (string place in places)
        {
            Experiment experiment = await Tracker.Catalog.CreateAsync(new ExperimentStart(place[^5..]) { ArtifactLocation = place }, None);
            await StoreAsync(experiment.Id, "tr-" + experiment.Id);
            await StoreAsync(experiment.Id, "tr-b" + experiment.Id);

            Assert.Equal(2, await Traces.DeleteAsync(new TraceDeletion(experiment.Id, Stores.Time.GetUtcNow(), null, null), None));
        }
    }

    [Theory]
    [InlineData("", "tr-4,tr-3", "tr-2,tr-1", "tr-0")]
    [InlineData("timestamp_ms DESC", "tr-4,tr-3", "tr-2,tr-1", "tr-0")]
    [InlineData("timestamp_ms", "tr-1,tr-0", "tr-3,tr-2", "tr-4")]
    [InlineData("tags.t DESC", "tr-3,tr-1", "tr-4,tr-2", "tr-0")]
    public async Task Search_PageByPage_AnswersEachOnceInItsOrder(string order, params string[] expected)
    {
        string experiment = await ExperimentAsync();
        for (int i = 0; i < 5; i++)
            await StoreAsync(experiment, $"tr-{i}", i * 5_000, ("t", $"{i % 2}"));
        var query = new TraceQuery([experiment]) { OrderBy = order.Length == 0 ? [] : [order], Limit = 2 };

        var pages = new List<string>();
        string? token = null;
        do
        {
            TracePage page = await Traces.SearchAsync(query with { Continuation = token }, None);
            pages.Add(string.Join(',', page.Traces.Select(t => t.Id)));
            token = page.Continuation;
        }
        while (token is not null);

        Assert.Equal(expected, pages);
    }

    [Fact]
    public async Task Search_InTheTablesOrder_ReadsNoMoreThanThePageNeeds()
    {
        string experiment = await ExperimentAsync();
        for (int i = 0; i < 200; i++)
            await StoreAsync(experiment, $"tr-{i}", i);
        var counting = new CountingTable(Stores.Tables);
        TraceLog traces = new ExperimentTracker(counting, Stores.Blobs, Stores.Time).Traces;
        var query = new TraceQuery([experiment]) { Limit = 10 };

        TracePage first = await traces.SearchAsync(query, None);
        TracePage second = await traces.SearchAsync(query with { Continuation = first.Continuation }, None);

        Assert.Equal("tr-189", second.Traces[0].Id);
        Assert.InRange(counting.Rows, 22, 2 * 64);
    }

    [Fact]
    public async Task Search_OfLargeTraces_EndsThePageEarly()
    {
        string experiment = await ExperimentAsync();
        var large = Enumerable.Range(0, 110).ToDictionary(i => $"k{i:000}", _ => new string('a', 8_000));
        for (int i = 0; i < 21; i++)
            await Traces.StoreAsync(new Trace($"tr-{i:00}", experiment, Stores.Time.GetUtcNow().AddSeconds(i)) { Metadata = large }, None);
        var query = new TraceQuery([experiment]);

        TracePage first = await Traces.SearchAsync(query, None);
        TracePage second = await Traces.SearchAsync(query with { Continuation = first.Continuation }, None);

        Assert.InRange(first.Traces.Count, 15, 20);
        Assert.Equal(Enumerable.Range(0, 21).Reverse().Select(i => $"tr-{i:00}"), first.Traces.Concat(second.Traces).Select(t => t.Id));
        await FailsAsync(ErrorKind.TooLarge, "traces-too-large", () => Traces.ListAsync([.. first.Traces.Concat(second.Traces).Select(t => t.Id)], None));
    }

    [Fact]
    public async Task Search_OfExperimentsThatAreNotThereOrDeleted_FindsNothing()
    {
        string experiment = await ExperimentAsync();
        await StoreAsync(experiment, "tr-1");
        await Tracker.Catalog.DeleteAsync(experiment, None);

        Assert.Empty((await Traces.SearchAsync(new TraceQuery([experiment, "77", new string('x', 600)]), None)).Traces);
    }

    [Fact]
    public async Task Search_OfATraceInProgress_TakesItsStartForItsEnd()
    {
        string experiment = await ExperimentAsync();
        await StoreAsync(experiment, "tr-1");

        Assert.Equal(["tr-1"], await SearchAsync(experiment, "end_time_ms > 0 AND status = 'STATE_UNSPECIFIED'"));
    }

    [Fact]
    public async Task List_OfIds_AnswersThoseThatThereAreOnce()
    {
        await StoreAsync(await ExperimentAsync(), "tr-1");

        Assert.Equal(["tr-1"], (await Traces.ListAsync(["tr-0", "tr-1", "tr-1", ".."], None)).Select(t => t.Id));
    }

    [Fact]
    public async Task Store_OfWhatIsTooLong_CutsItAndRefusesNamesThatAreNone()
    {
        string experiment = await ExperimentAsync();
        string text = new('a', 9_000);
        await Traces.StoreAsync(new Trace("tr-1", experiment, Stores.Time.GetUtcNow()) { RequestPreview = text, ResponsePreview = text, Tags = Texts(("t", text)), Metadata = Texts(("m", text)) }, None);
        await Traces.EndAsync("tr-1", Stores.Time.GetUtcNow(), TraceState.Ok, Texts(("n", text)), Texts(("u", text)), None);
        await Traces.SetTagAsync("tr-1", "v", text, None);

        Trace trace = await Traces.GetAsync("tr-1", None);
        Assert.Equal((1_000, 1_000), (trace.RequestPreview!.Length, trace.ResponsePreview!.Length));
        Assert.All(trace.Tags.Values.Concat(trace.Metadata.Values), value => Assert.Equal(8_000, value.Length));
        Assert.Equal(["m", "n", "t", "u", "v"], trace.Tags.Keys.Concat(trace.Metadata.Keys).Order());
        foreach (string name in new[] { new string('k', 251), "" })
        {
            await FailsAsync(ErrorKind.Invalid, "key-invalid", () => Traces.SetTagAsync("tr-1", name, "x", None));
            await FailsAsync(ErrorKind.Invalid, "key-invalid", () => Traces.StoreAsync(trace with { Tags = Texts((name, "x")) }, None));
            await FailsAsync(ErrorKind.Invalid, "key-invalid", () => Traces.EndAsync("tr-1", default, TraceState.Ok, Texts((name, "x")), Texts(), None));
        }
    }

    [Fact]
    public async Task Store_Again_KeepsItsStartAndPlaceAndEachAssessmentOnce()
    {
        string experiment = await ExperimentAsync();
        var assessment = new Assessment("a-1", "good", default, null, System.Text.Json.JsonElement.Parse("{}"), null);
        Trace trace = new("tr-1", experiment, Stores.Time.GetUtcNow()) { Assessments = [assessment, assessment] };
        await Traces.StoreAsync(trace, None);

        Trace again = await Traces.StoreAsync(trace with { StartedAt = trace.StartedAt.AddDays(1), State = TraceState.Ok, ArtifactLocation = "mlflow-artifacts:/elsewhere" }, None);

        Assert.Equal((trace.StartedAt, TraceState.Ok, null, "a-1"), (again.StartedAt, again.State, again.ArtifactLocation, Assert.Single(again.Assessments).Id));
        Assert.Equal(["tr-1"], await SearchAsync(experiment));
    }

    [Fact]
    public async Task Link_OfTracesToARun_PassesOverThoseThatAreMissing()
    {
        string experiment = await ExperimentAsync();
        await StoreAsync(experiment, "tr-1");
        await StoreAsync(experiment, "tr-2");
        await StartAsync("r1");

        await Traces.LinkAsync(["tr-1", "missing", "tr-2"], "r1", None);
        await Traces.LinkAsync(["tr-1"], "r1", None);

        Assert.Equal(["tr-1", "tr-2"], await SearchAsync(experiment, "run_id = 'r1'"));
        Assert.Equal(["r1"], (await Traces.GetAsync("tr-1", None)).LinkedRuns);
        await FailsAsync(ErrorKind.NotFound, "run-missing", () => Traces.LinkAsync(["tr-1"], "nobody", None));
    }

    private async Task<string> ExperimentAsync(string name = "churn") => (await Tracker.EnsureExperimentAsync(name, None)).Id;

    private Task StoreAsync(string experiment, string id, long ticks = 0, params (string, string)[] tags) =>
        Traces.StoreAsync(new Trace(id, experiment, Stores.Time.GetUtcNow().AddTicks(ticks)) { Tags = Texts(tags) }, None);

    private async Task<string[]> SearchAsync(string experiment, string? filter = null) =>
        [.. (await Traces.SearchAsync(new TraceQuery([experiment]) { Filter = filter }, None)).Traces.Select(t => t.Id)];

    private async Task<string> SpansAsync(string experiment, string id)
    {
        string path = $"{experiment}/traces/{id}/artifacts/{Trace.SpansFile}";
        await WriteAsync(path);
        return path;
    }

    private Task WriteAsync(string path) => Tracker.Artifacts.WriteAsync(path, new MemoryStream([1]), None);

    /// <summary>Counts the rows that are read.</summary>
    private sealed class CountingTable(IEntityTable inner) : IEntityTable
    {
        public int Rows { get; private set; }

        public Task<Entity?> FindAsync(string table, EntityKey key, CancellationToken cancellationToken) => inner.FindAsync(table, key, cancellationToken);

        public async Task<EntityPage> QueryAsync(string table, string partition, EntityRange range, CancellationToken cancellationToken)
        {
            EntityPage page = await inner.QueryAsync(table, partition, range, cancellationToken);
            Rows += page.Entities.Count;
            return page;
        }

        public Task<IReadOnlyList<string>> WriteAsync(string table, IReadOnlyList<EntityWrite> writes, CancellationToken cancellationToken) => inner.WriteAsync(table, writes, cancellationToken);
    }
}
