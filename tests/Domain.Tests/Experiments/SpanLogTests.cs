using System.Text;
using System.Text.Json;
using MlOps.Domain.Experiments;
using MlOps.Domain.Experiments.Traces;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Tests.Experiments;

public sealed class SpanLogTests : TrackerTest
{
    private static readonly string Id = "tr-" + new string('a', 32);
    private static readonly string Other = "tr-" + new string('b', 32);

    private TraceLog Traces => Tracker.Traces;

    [Fact]
    public async Task Delete_ByTime_GoesByTheStartThatSpansMoved()
    {
        string experiment = await ExperimentAsync();
        await Traces.Spans.StoreAsync(experiment, Id, [Of("1", 10)], None);
        await Traces.Spans.StoreAsync(experiment, Id, [Of("2", 3)], None);
        await Traces.Spans.StoreAsync(experiment, Other, [Of("1", 2)], None);
        await Traces.StoreAsync(new Trace(Other, experiment, At(20)), None);

        Assert.Equal(1, await Traces.DeleteAsync(new TraceDeletion(experiment, At(5), null, null), None));

        Assert.Equal([Other], await SearchAsync(experiment));
        Assert.Equal(0, await Traces.DeleteAsync(new TraceDeletion(experiment, At(19), 1, null), None));
        Assert.Equal(1, await Traces.DeleteAsync(new TraceDeletion(experiment, At(20), 1, null), None));
    }

    [Fact]
    public async Task Delete_OfTheOldest_GoesByTheStartThatSpansMoved()
    {
        string experiment = await ExperimentAsync();
        await Traces.Spans.StoreAsync(experiment, Id, [Of("1", 10)], None);
        await Traces.Spans.StoreAsync(experiment, Other, [Of("1", 5)], None);
        await Traces.Spans.StoreAsync(experiment, Id, [Of("2", 1)], None);

        Assert.Equal(1, await Traces.DeleteAsync(new TraceDeletion(experiment, At(60), 1, null), None));

        Assert.Equal([Other], await SearchAsync(experiment));
    }

    [Fact]
    public async Task Store_WhereTheTraceIsDeletedBeforeItIsNoted_IsANewTraceOfTheseSpans()
    {
        string experiment = await ExperimentAsync();
        await Traces.Spans.StoreAsync(experiment, Id, [Of("1", 1)], None);
        await Traces.SetTagAsync(Id, "old", "x", None);
        TraceLog racing = On(new RacingBlobs(Stores.Blobs) { Written = () => DeleteAsync(experiment) });

        await racing.Spans.StoreAsync(experiment, Id, [Of("2", 2)], None);

        Trace trace = await Traces.GetAsync(Id, None);
        Assert.DoesNotContain("old", trace.Tags.Keys);
        Assert.Equal((At(2), "2"), (trace.StartedAt, Assert.Single((await Traces.Spans.ReadAsync(trace, None))!).Id[^1..]));
    }

    [Fact]
    public async Task Store_WhereTheTraceIsDeletedAndMadeAnewBeforeItIsNoted_KeepsTheSpansOfBoth()
    {
        string experiment = await ExperimentAsync();
        await Traces.Spans.StoreAsync(experiment, Id, [Of("1", 1)], None);
        TraceLog racing = On(new RacingBlobs(Stores.Blobs)
        {
            Written = async () =>
            {
                await DeleteAsync(experiment);
                await Traces.Spans.StoreAsync(experiment, Id, [Of("3", 3)], None);
            },
        });

        await racing.Spans.StoreAsync(experiment, Id, [Of("2", 2)], None);

        Assert.Equal(["2", "3"], (await Traces.Spans.ReadAsync(await Traces.GetAsync(Id, None), None))!.Select(s => s.Id[^1..]));
    }

    [Fact]
    public async Task Delete_WhileSpansCome_TakesThemWithIt()
    {
        string experiment = await ExperimentAsync();
        await Traces.Spans.StoreAsync(experiment, Id, [Of("1", 1)], None);
        TraceLog racing = On(new RacingBlobs(Stores.Blobs) { Deleted = () => Traces.Spans.StoreAsync(experiment, Id, [Of("2", 2)], None) });

        Assert.Equal(1, await racing.DeleteAsync(new TraceDeletion(experiment, null, null, [Id]), None));

        Assert.Empty(await SearchAsync(experiment));
        Assert.Empty(await Tracker.Artifacts.ListAsync($"{experiment}/traces/{Id}/artifacts/spans", None));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("""{"spans":5}""")]
    [InlineData("""{"spans":[{"span_id":null}]}""")]
    [InlineData("""{"spans":[{"span_id":null,"parent_span_id":null,"name":"x","start_time_unix_nano":1,"end_time_unix_nano":1,"status":{"code":"","message":""},"attributes":{},"events":[]}]}""")]
    [InlineData("""{"spans":[{"span_id":"qqqqqqqqqqo=","parent_span_id":null,"name":null,"start_time_unix_nano":1,"end_time_unix_nano":1,"status":{"code":"","message":""},"attributes":{},"events":[]}]}""")]
    [InlineData("""{"spans":[{"span_id":"qqqqqqqqqqo=","parent_span_id":null,"name":"x","start_time_unix_nano":1,"end_time_unix_nano":1,"status":{"code":"","message":""},"attributes":{"a":null},"events":[]}]}""")]
    [InlineData("""{"spans":[{"span_id":"qqqqqqqqqqo=","parent_span_id":null,"name":"x","start_time_unix_nano":1e99,"end_time_unix_nano":1,"status":{"code":"","message":""},"attributes":{},"events":[]}]}""")]
    [InlineData("{\"spans\":[],\"x\":\"\u00ff\"}")]
    public async Task Read_OfAFileThatIsNone_SaysWhichAndLeavesTheOthersReadable(string file)
    {
        string experiment = await ExperimentAsync();
        await Traces.Spans.StoreAsync(experiment, Id, [Of("1", 1)], None);
        await Traces.Spans.StoreAsync(experiment, Other, [Of("1", 1)], None);
        await Tracker.Artifacts.WriteAsync($"{experiment}/traces/{Id}/artifacts/spans/bad.json", new MemoryStream(Encoding.Latin1.GetBytes(file)), None);

        MlOpsException e = await FailsAsync(ErrorKind.Invalid, "spans-damaged", async () => await Traces.Spans.ReadAsync(await Traces.GetAsync(Id, None), None));

        Assert.Contains("spans/bad.json", e.Message);
        var opened = await (await Traces.Spans.OpenAsync(await Traces.ListAsync([Id, Other], None), None)).ToListAsync();
        Assert.Equal([null, 1], opened.Select(o => o.Spans?.Count));
    }

    [Fact]
    public async Task Read_OfAttributesToldTwice_TakesTheLast()
    {
        string experiment = await ExperimentAsync();
        await Traces.Spans.StoreAsync(experiment, Id, [Of("1", 1)], None);
        const string Twice = """{"spans":[{"span_id":"qqqqqqqqqqo=","parent_span_id":"qqqqqqqqqqo=","name":"x","start_time_unix_nano":1,"end_time_unix_nano":1,"status":{"code":"","message":""},"attributes":{"a":"1","a":"2"},"events":[{"name":"e","time_unix_nano":1,"attributes":{"b":"\udc00"}}]}]}""";
        await Tracker.Artifacts.WriteAsync($"{experiment}/traces/{Id}/artifacts/spans/twice.json", new MemoryStream(Encoding.UTF8.GetBytes(Twice)), None);

        Span span = (await Traces.Spans.ReadAsync(await Traces.GetAsync(Id, None), None))![0];

        Assert.Equal((2, "\ufffd"), (span.Attributes["a"].GetInt32(), span.Events[0].Attributes["b"].GetString()));
    }

    [Fact]
    public async Task Open_OfSeveral_ReadsEachWhenItIsItsTurn()
    {
        string experiment = await ExperimentAsync();
        foreach (string id in new[] { Id, Other })
            await Traces.Spans.StoreAsync(experiment, id, [Of("1", 1)], None);
        var blobs = new RacingBlobs(Stores.Blobs);
        SpanLog spans = On(blobs).Spans;
        var opened = new List<int>();

        await foreach (var _ in await spans.OpenAsync(await Traces.ListAsync([Id, Other], None), None))
            opened.Add(blobs.Opened);

        Assert.Equal([1, 2], opened);
    }

    [Fact]
    public async Task Read_OfSpansThatAreTooLarge_IsRefusedBeforeAnyIsRead()
    {
        string experiment = await ExperimentAsync();
        string[] ids = [.. Enumerable.Range(0, 5).Select(i => $"tr-{i:D32}")];
        foreach (string id in ids)
            await Traces.Spans.StoreAsync(experiment, id, [Of("1", 1)], None);
        var blobs = new RacingBlobs(Stores.Blobs) { Size = SpanLog.MaxBytes };
        SpanLog spans = On(blobs).Spans;
        IReadOnlyList<Trace> traces = await Traces.ListAsync(ids, None);

        Assert.Single((await spans.ReadAsync(traces[0], None))!);
        Assert.Equal(4, await (await spans.OpenAsync([.. traces.Take(4)], None)).CountAsync());
        int opened = blobs.Opened;
        await FailsAsync(ErrorKind.TooLarge, "spans-too-large", () => spans.OpenAsync(traces, None));
        blobs.Size = SpanLog.MaxBytes + 1;
        await FailsAsync(ErrorKind.TooLarge, "spans-too-large", () => spans.ReadAsync(traces[0], None));
        Assert.Equal(opened, blobs.Opened);
    }

    private Task<string[]> SearchAsync(string experiment) => SearchAsync(Traces, experiment);

    private static async Task<string[]> SearchAsync(TraceLog traces, string experiment) => [.. (await traces.SearchAsync(new TraceQuery([experiment]), None)).Traces.Select(t => t.Id)];

    private async Task<string> ExperimentAsync() => (await Tracker.EnsureExperimentAsync("churn", None)).Id;

    private Task DeleteAsync(string experiment) => Traces.DeleteAsync(new TraceDeletion(experiment, null, null, [Id]), None);

    private TraceLog On(IBlobStore blobs) => new ExperimentTracker(Stores.Tables, blobs, Stores.Time).Traces;

    private static DateTimeOffset At(int second) => DateTimeOffset.FromUnixTimeSeconds(second);

    private static Span Of(string digit, int second) =>
        new(digit.PadLeft(16, '0'), new string('f', 16), "step", second * 1_000_000_000L, second * 1_000_000_000L) { Attributes = new Dictionary<string, JsonElement>() };

    /// <summary>Lets somebody else do something once, between two steps.</summary>
    private sealed class RacingBlobs(IBlobStore inner) : IBlobStore
    {
        /// <summary>After a blob was written.</summary>
        public Func<Task>? Written { get; set; }

        /// <summary>After a blob was deleted.</summary>
        public Func<Task>? Deleted { get; set; }

        public int Opened { get; private set; }

        /// <summary>What blobs are said to take.</summary>
        public long? Size { get; set; }

        public async Task<BlobInfo> WriteAsync(string container, string path, Stream content, BlobWriteOptions options, CancellationToken cancellationToken)
        {
            BlobInfo info = await inner.WriteAsync(container, path, content, options, cancellationToken);
            (Func<Task>? once, Written) = (Written, null);
            await (once?.Invoke() ?? Task.CompletedTask);
            return info;
        }

        public async Task<bool> DeleteAsync(string container, string path, string? ifMatch, CancellationToken cancellationToken)
        {
            bool deleted = await inner.DeleteAsync(container, path, ifMatch, cancellationToken);
            if (!deleted || Deleted is not { } once)
                return deleted;
            Deleted = null;
            await once();
            return deleted;
        }

        public Task<Stream> OpenReadAsync(string container, string path, BlobRange? range, CancellationToken cancellationToken)
        {
            Opened++;
            return inner.OpenReadAsync(container, path, range, cancellationToken);
        }

        public Task<BlobInfo?> FindAsync(string container, string path, CancellationToken cancellationToken) => inner.FindAsync(container, path, cancellationToken);

        public IAsyncEnumerable<BlobInfo> ListAsync(string container, string prefix, CancellationToken cancellationToken) =>
            inner.ListAsync(container, prefix, cancellationToken).Select(blob => blob with { Size = Size ?? blob.Size });

        public Task<Uri?> DownloadUrlAsync(string container, string path, TimeSpan lifetime, string fileName, CancellationToken cancellationToken) =>
            inner.DownloadUrlAsync(container, path, lifetime, fileName, cancellationToken);
    }
}
