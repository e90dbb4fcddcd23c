using MlOps.Domain.Experiments;
using MlOps.Domain.Experiments.Search;
using MlOps.Domain.Storage;
using MlOps.Domain.Tests.Gc;

namespace MlOps.Domain.Tests.Experiments.Search;

/// <summary>A description of a data set with thousands of columns is large, and a page may have a thousand runs that used it.</summary>
public sealed class PageInputsTests : TrackerTest
{
    private const int Mebi = 1 << 20;

    [Fact]
    public async Task Page_OfRunsWithOneDataset_ReadsItOnceAndSharesIt()
    {
        string id = await FillAsync(60, _ => "d", 100_000);
        var counting = new CountedReads(Stores.Blobs);
        var tracker = new ExperimentTracker(Stores.Tables, counting, Stores.Time);

        RunPage page = await tracker.Search.SearchAsync(new RunQuery([id]), None);

        Assert.Equal(60, page.Runs.Count);
        Assert.Null(page.Continuation);
        Assert.Equal(1, counting.Reads);
        string schema = page.Runs[0].Inputs[0].Schema!;
        Assert.Equal(100_000, schema.Length);
        Assert.All(page.Runs, run => Assert.Same(schema, Assert.Single(run.Inputs).Schema));
        Assert.Equal(Enumerable.Range(0, 60).Select(i => $"use {i}").Order(), page.Runs.Select(run => run.Inputs[0].Tags["use"]).Order());
    }

    [Fact]
    public async Task Page_OfRunsWithDatasetsOfTheirOwn_EndsByTheirBytes()
    {
        string id = await FillAsync(8, i => $"d{i}", 5 * Mebi);

        IReadOnlyList<RunPage> pages = await PagesAsync(new RunQuery([id]));

        Assert.Equal([3, 3, 2], pages.Select(p => p.Runs.Count));
        Assert.Equal(8, pages.SelectMany(p => p.Runs).Select(r => r.Inputs[0].Digest).Distinct().Count());
    }

    [Fact]
    public async Task Page_ThatIsHeldByItsCaller_CountsASharedDatasetWithEachRun()
    {
        string id = await FillAsync(8, _ => "d", 5 * Mebi);

        Assert.Equal([8], (await PagesAsync(new RunQuery([id]))).Select(p => p.Runs.Count));
        Assert.Equal([3, 3, 2], (await PagesAsync(new RunQuery([id]) { HeldBytes = int.MaxValue })).Select(p => p.Runs.Count));
        Assert.Equal([2, 2, 2, 2], (await PagesAsync(new RunQuery([id]) { HeldBytes = 11 * Mebi })).Select(p => p.Runs.Count));
        Assert.Equal(8, (await PagesAsync(new RunQuery([id]) { HeldBytes = 0 })).Count);
    }

    [Fact]
    public async Task Page_WithoutInputsAmongItsColumns_ReadsNoDataset()
    {
        string id = await FillAsync(3, _ => "d", 100_000);
        var counting = new CountedReads(Stores.Blobs);
        var tracker = new ExperimentTracker(Stores.Tables, counting, Stores.Time);

        RunPage page = await tracker.Search.SearchAsync(new RunQuery([id]) { Columns = RunColumns.Parse(["attributes", "params"]) }, None);

        Assert.All(page.Runs, run => Assert.Empty(run.Inputs));
        Assert.Equal(0, counting.Reads);
    }

    [Fact]
    public async Task Page_OfADatasetThatWasRemoved_TellsNameAndDigest()
    {
        string id = await FillAsync(2, _ => "d", 100);
        foreach (BlobInfo description in await Stores.Blobs.ListAsync(RunInputs.Container, "", None).ToListAsync())
            await Stores.Blobs.DeleteAsync(RunInputs.Container, description.Path, null, None);

        RunPage page = await NewTracker().Search.SearchAsync(new RunQuery([id]), None);

        Assert.All(page.Runs, run => Assert.Equal(("data", "d", null), (run.Inputs[0].Name, run.Inputs[0].Digest, run.Inputs[0].Schema)));
    }

    /// <summary>Runs that used a data set each, of a schema so long.</summary>
    private async Task<string> FillAsync(int runs, Func<int, string> digest, int length)
    {
        for (int i = 0; i < runs; i++)
        {
            await StartAsync($"r{i}");
            var input = new DatasetInput("data", digest(i), "local", "{}", new string('s', length)) { Tags = Texts(("use", $"use {i}")) };
            await Tracker.LogAsync($"r{i}", new RunChanges { Inputs = [input] }, None);
        }

        return (await Tracker.GetExperimentAsync("churn", None)).Id;
    }

    private async Task<IReadOnlyList<RunPage>> PagesAsync(RunQuery query)
    {
        var pages = new List<RunPage>();
        do
            pages.Add(await Tracker.Search.SearchAsync(query with { Continuation = pages.LastOrDefault()?.Continuation }, None));
        while (pages[^1].Continuation is not null);
        return pages;
    }

    private sealed class CountedReads(IBlobStore inner) : ForwardingBlobs(inner)
    {
        private int _reads;

        public int Reads => _reads;

        public override Task<Stream> OpenReadAsync(string container, string path, BlobRange? range, CancellationToken cancellationToken)
        {
            if (container == RunInputs.Container)
                Interlocked.Increment(ref _reads);
            return base.OpenReadAsync(container, path, range, cancellationToken);
        }
    }
}
