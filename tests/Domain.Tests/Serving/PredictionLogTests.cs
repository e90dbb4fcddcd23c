using System.Text;
using MlOps.Contracts;
using MlOps.Domain.Serving;
using MlOps.Domain.Serving.Log;
using MlOps.Domain.Storage;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Tests.Serving;

public sealed class PredictionLogTests : IAsyncLifetime
{
    private readonly ServingWorld _world = new();

    private static CancellationToken None => CancellationToken.None;

    [Fact]
    public async Task Read_WhatWasAppended_GivesEveryValueBack()
    {
        var rows = new Table([
            new NumberColumn("n", [1.5, double.NaN]),
            CategoryColumn.From("c", ["a \"quoted\" 漢字\n", null]),
            new BooleanColumn("b", [0, -1]),
            new TimestampColumn("t", [new DateTime(2026, 1, 31, 0, 0, 0, DateTimeKind.Utc).Ticks, TimestampColumn.Missing])]);
        _world.Log.Append(new PredictionRecord("m", 7, "r", _world.Time.GetUtcNow(), new RecordedRows(rows), new Predictions(LearningTask.Multiclass, ["x", "y", "z"], [0.1, 0.2, 0.7, 0.6, 0.3, 0.1])));

        List<LoggedPrediction> read = await _world.LoggedAsync("m");

        Assert.Equal([("r", 0, 7, "z"), ("r", 1, 7, "x")], read.Select(r => (r.RequestId, r.Row, r.Version, r.Prediction)));
        Assert.Equal([("n", 1.5), ("c", "a \"quoted\" 漢字\n"), ("b", false), ("t", (object)"2026-01-31")], read[0].Features.Select(f => (f.Key, f.Value)));
        Assert.Empty(read[1].Features);
        Assert.Equal([0.6, 0.3, 0.1], read[1].Scores);
        Assert.Equal(_world.Time.GetUtcNow(), read[0].Time);
    }

    [Fact]
    public async Task Read_ARangeOfTime_GivesThatRangeOnlyAndNotPastTheLimit()
    {
        DateTimeOffset start = _world.Time.GetUtcNow();
        for (int hour = 0; hour < 30; hour++)
        {
            Append($"r{hour}");
            _world.Time.Advance(TimeSpan.FromHours(1));
        }

        Assert.Equal(["r2", "r3"], await IdsAsync(start.AddHours(2), start.AddHours(4)));
        Assert.Equal(["r25"], await IdsAsync(start.AddHours(24.5), start.AddHours(25.5)));
        Assert.Equal(["r0", "r1", "r2"], await IdsAsync(DateTimeOffset.MinValue, DateTimeOffset.MaxValue, limit: 3));
        Assert.Empty(await IdsAsync(start.AddHours(4), start.AddHours(4)));
    }

    [Fact]
    public async Task Read_ByAnotherProcess_SeesWhatIsASegmentAgeOld()
    {
        await using PredictionLog other = _world.NewLog();
        Append("r1");

        _world.Time.Advance(TimeSpan.FromSeconds(7));

        // A look at the time that began in the midst of those seconds finds nothing due: the next does.
        await Eventually.TrueAsync(
            async () =>
            {
                _world.Time.Advance(TimeSpan.FromSeconds(1));
                return (await _world.LoggedAsync("m", other)).Count == 1;
            },
            "the background has written the segment");
    }

    [Fact]
    public async Task Append_ManyRows_WritesSegmentsOfBoundedSize()
    {
        await using PredictionLog log = _world.NewLog(new PredictionLogOptions { SegmentRows = 10 });
        for (int i = 0; i < 95; i++)
            log.Append(Record($"r{i}"));
        await log.FlushAsync(None);

        Assert.Equal(10, await _world.Blobs.ListAsync("predictions", "m/", None).CountAsync());
        Assert.Equal(95, (await _world.LoggedAsync("m", log)).Count);
        Assert.Equal(0, log.BufferedRows);
    }

    [Fact]
    public async Task Append_ByManyThreads_LosesAndDoublesNothing()
    {
        await using PredictionLog log = _world.NewLog(new PredictionLogOptions { SegmentRows = 50 });
        await Task.WhenAll(Enumerable.Range(0, 8).Select(t => Task.Run(async () =>
        {
            for (int i = 0; i < 200; i++)
            {
                log.Append(Record($"t{t}-{i}"));
                if (i % 40 == 0)
                    await log.FlushAsync(None);
            }
        })));

        List<LoggedPrediction> read = await _world.LoggedAsync("m", log);

        Assert.Equal(1_600, read.Count);
        Assert.Equal(1_600, read.Select(r => r.RequestId).Distinct().Count());
    }

    [Fact]
    public async Task Dispose_WritesWhatIsLeft()
    {
        PredictionLog log = _world.NewLog();
        log.Append(Record("last"));

        await log.DisposeAsync();

        Assert.Equal(["last"], (await _world.LoggedAsync("m")).Select(r => r.RequestId));
    }

    [Fact]
    public async Task Read_AfterACrash_GivesTheWrittenSegmentsWhole()
    {
        PredictionLog crashed = _world.NewLog();
        crashed.Append(Record("written"));
        await crashed.FlushAsync(None);
        crashed.Append(Record("in memory"));

        Assert.Equal(["written"], (await _world.LoggedAsync("m")).Select(r => r.RequestId));
    }

    [Fact]
    public async Task Append_WhileTheStoreIsAway_KeepsRecordsAndWritesThemOnceItIsBack()
    {
        var store = new FailingBlobs(_world.Blobs) { Fails = true };
        await using var world = new ServingWorld(blobs: store);
        world.Log.Append(Record("r1"));
        await ServingWorld.FailsAsync(ErrorKind.Unavailable, "store-away", () => world.Log.FlushAsync(None));
        Assert.Equal(1, world.Log.BufferedRows);

        store.Fails = false;
        world.Time.Advance(TimeSpan.FromSeconds(2));

        await Eventually.TrueAsync(() => world.Log.BufferedRows == 0, "the segment is written in the background");
        Assert.Equal(["r1"], (await world.LoggedAsync("m")).Select(r => r.RequestId));
    }

    [Fact]
    public async Task Append_WhoseWriteSucceededButWasReportedFailed_IsNotDoubled()
    {
        var store = new FailingBlobs(_world.Blobs) { Fails = true, WritesFirst = true };
        await using var world = new ServingWorld(blobs: store);
        world.Log.Append(Record("r1"));
        await ServingWorld.FailsAsync(ErrorKind.Unavailable, "store-away", () => world.Log.FlushAsync(None));

        store.Fails = false;

        Assert.Equal(["r1"], (await world.LoggedAsync("m")).Select(r => r.RequestId));
    }

    [Fact]
    public async Task Append_PastTheBuffer_DropsNewRecordsAndCountsThem()
    {
        var store = new FailingBlobs(_world.Blobs) { Fails = true };
        await using var world = new ServingWorld(blobs: store, logOptions: new PredictionLogOptions { BufferedRows = 3 });
        for (int i = 0; i < 5; i++)
            world.Log.Append(Record($"r{i}"));

        Assert.Equal((3, 2), (world.Log.BufferedRows, world.Log.DroppedRows));
        store.Fails = false;
        Assert.Equal(["r0", "r1", "r2"], (await world.LoggedAsync("m")).Select(r => r.RequestId));
    }

    [Theory]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NaN)]
    public async Task Append_ARecordThatCannotBeWritten_DoesNotHoldUpTheOthers(double score)
    {
        await using PredictionLog log = _world.NewLog(new PredictionLogOptions { SegmentRows = 1 });
        log.Append(Record("bad") with { Predictions = new Predictions(LearningTask.Regression, [], [score]) });
        log.Append(Record("good"));

        Assert.Equal(["good"], (await _world.LoggedAsync("m", log)).Select(r => r.RequestId));
        Assert.Equal((0, 1), (log.BufferedRows, log.DroppedRows));
    }

    [Fact]
    public async Task Append_LongTextsPastTheBytesThatMayWait_AreDropped()
    {
        await using PredictionLog log = _world.NewLog(new PredictionLogOptions { BufferedBytes = 1_000 });
        Append(log, "r1", LongText(600));
        Append(log, "r2", LongText(600));
        log.Append(Record("r3"));
        await log.FlushAsync(None);
        Append(log, "r4", LongText(600));

        Assert.Equal(["r1", "r3", "r4"], (await _world.LoggedAsync("m", log)).Select(r => r.RequestId));
        Assert.Equal(1, log.DroppedRows);
    }

    [Fact]
    public async Task Append_LongTexts_WriteSegmentsOfBoundedBytes()
    {
        await using PredictionLog log = _world.NewLog(new PredictionLogOptions { SegmentBytes = 1_000 });
        for (int i = 0; i < 6; i++)
            Append(log, $"r{i}", LongText(600));

        await log.FlushAsync(None);

        Assert.Equal(3, await _world.Blobs.ListAsync("predictions", "m/", None).CountAsync());
    }

    [Fact]
    public async Task Read_ADamagedSegment_NamesIt()
    {
        Append("r1");
        await _world.Log.FlushAsync(None);
        BlobInfo segment = await _world.Blobs.ListAsync("predictions", "", None).SingleAsync();
        await _world.Blobs.WriteAsync("predictions", segment.Path, new MemoryStream(Encoding.UTF8.GetBytes("no gzip")), BlobWriteOptions.Default, None);

        MlOpsException e = await ServingWorld.FailsAsync(ErrorKind.Unavailable, "prediction-segment-damaged", () => _world.LoggedAsync("m"));

        Assert.Contains(segment.Path, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LoggedRows_OfASignature_AreItsColumnsAgain()
    {
        await _world.RegisterAsync("churn", FakeModel.Constant(0.7));
        await _world.ServeAsync("churn", new TrafficShare(1, 10_000));
        await _world.PredictAsync("r1", tenure: 3);
        await _world.PredictAsync("r2", tenure: 4);
        List<LoggedPrediction> logged = await _world.LoggedAsync();

        Table table = LoggedRows.Features(FakeModel.Churn, logged);

        Assert.Equal(FakeModel.Churn.Inputs.Select(i => (i.Name, i.Type)), table.Schema.Columns.Select(c => (c.Name, c.Type)));
        Assert.Equal([3, 4], ((NumberColumn)table["tenure"]).Values.ToArray());
        Assert.True(table["Contract"].IsMissing(0));
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _world.DisposeAsync();

    private void Append(string id) => _world.Log.Append(Record(id));

    private void Append(PredictionLog log, string id, Table rows) => log.Append(Record(id) with { Rows = new RecordedRows(rows) });

    private static Table LongText(int length) => new([CategoryColumn.From("text", [new string('x', length)])]);

    private PredictionRecord Record(string id) =>
        new("m", 1, id, _world.Time.GetUtcNow(), new RecordedRows(ServingWorld.Rows(1)), new Predictions(LearningTask.Regression, [], [2]));

    private async Task<List<string>> IdsAsync(DateTimeOffset from, DateTimeOffset to, int limit = 1_000) =>
        await _world.Log.ReadAsync("m", from, to, limit, None).Select(r => r.RequestId).ToListAsync();

    /// <summary>A store whose writes a test makes fail, before or after they are done.</summary>
    private sealed class FailingBlobs(IBlobStore inner) : IBlobStore
    {
        public bool Fails { get; set; }

        public bool WritesFirst { get; init; }

        public async Task<BlobInfo> WriteAsync(string container, string path, Stream content, BlobWriteOptions options, CancellationToken cancellationToken)
        {
            if (!Fails)
                return await inner.WriteAsync(container, path, content, options, cancellationToken);
            if (WritesFirst)
                await inner.WriteAsync(container, path, content, options, cancellationToken);
            throw MlOpsException.Unavailable("store-away", "the store is away");
        }

        public Task<BlobInfo?> FindAsync(string container, string path, CancellationToken cancellationToken) => inner.FindAsync(container, path, cancellationToken);

        public Task<Stream> OpenReadAsync(string container, string path, BlobRange? range, CancellationToken cancellationToken) => inner.OpenReadAsync(container, path, range, cancellationToken);

        public IAsyncEnumerable<BlobInfo> ListAsync(string container, string prefix, CancellationToken cancellationToken) => inner.ListAsync(container, prefix, cancellationToken);

        public Task<bool> DeleteAsync(string container, string path, string? ifMatch, CancellationToken cancellationToken) => inner.DeleteAsync(container, path, ifMatch, cancellationToken);

        public Task<Uri?> DownloadUrlAsync(string container, string path, TimeSpan lifetime, string fileName, CancellationToken cancellationToken) => inner.DownloadUrlAsync(container, path, lifetime, fileName, cancellationToken);
    }
}
