using System.IO.Compression;
using System.Text;
using MlOps.Domain.Monitoring;
using MlOps.Domain.Serving.Log;
using MlOps.Domain.Storage;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Tests.Serving;

/// <summary>Large segments begin with a sample of themselves, and those who need no more read no more.</summary>
public sealed class SegmentSampleTests : IAsyncLifetime
{
    private const int Rows = 6_000;

    private readonly ServingWorld _world = new();
    private DateTimeOffset _start;

    private static CancellationToken None => CancellationToken.None;

    [Theory]
    [InlineData(Rows, PredictionSegment.Sample)]
    [InlineData(24_000, 2_400)]
    public async Task Write_ManyRows_PutsThoseWithTheSmallestKeysFirstAndLosesNone(int rows, int first)
    {
        await AppendAsync(1, 0, rows);

        SegmentNote note = (await SegmentAsync(0)).Note!;
        List<LoggedPrediction> read = await _world.LoggedAsync("m");

        ulong[] keys = [.. read.Select(r => RowKey.Of(r.RequestId, r.Row))];
        ulong[] sorted = [.. keys.Order()];
        Assert.Equal(sorted.Take(first), keys.Take(first));
        Assert.Equal(sorted[first], note.Below);
        Assert.Equal((rows, _start, _start, 1.0), (note.Rows, note.First, note.Last, note.Share));
        Assert.Equal(Enumerable.Range(0, rows), read.Select(r => r.Row).Order());
        int[] rest = [.. read.Skip(first).Select(r => r.Row)];
        Assert.Equal(rest.Order(), rest);
    }

    [Theory]
    [InlineData(1_250)]
    [InlineData(1)]
    public async Task Write_RequestsThatWereSentAgain_KeepsTheirOrder(int different)
    {
        for (int i = 0; i < 2_500; i++)
            Append($"r{i % different}", 1, score: i);
        await _world.Log.FlushAsync(None);

        List<LoggedPrediction> read = await _world.LoggedAsync("m");

        Assert.Equal(2_500, read.Count);
        Assert.All(read.GroupBy(r => r.RequestId), twice => Assert.Equal(twice.Order(Comparer<LoggedPrediction>.Create((a, b) => a.Scores[0].CompareTo(b.Scores[0]))), twice));
    }

    [Fact]
    public async Task Sample_OfManyLargeSegments_IsThatOfAllRowsThoughOnlyTheirFirstLinesAreRead()
    {
        for (int i = 0; i < 24; i++)
            await AppendAsync(1, i);
        await BreakBehindSampleAsync(await SegmentAsync(12));

        PredictionSample sample = await PredictionSample.TakeAsync(_world.Log, "m", _start, _start.AddHours(24), None);

        ulong[] smallest = [.. Enumerable.Range(0, 24).SelectMany(i => Enumerable.Range(0, Rows).Select(row => RowKey.Of($"r{i}", row))).Order().Take(PredictionSample.MaxRows)];
        Assert.Equal(smallest, sample.Rows.Select(r => RowKey.Of(r.RequestId, r.Row)).Order());
        Assert.Equal((24L * Rows, 24L * Rows), (sample.Total, sample.Predictions));
    }

    [Fact]
    public async Task Sample_OfAPartOfTheSegments_HasTheRowsOfTheWindowOnly()
    {
        for (int i = 0; i < 3; i++)
            await AppendAsync(1, i);

        PredictionSample sample = await PredictionSample.TakeAsync(_world.Log, "m", _start.AddHours(1), _start.AddHours(2), None);

        Assert.Equal(Rows, sample.Total);
        Assert.All(sample.Rows, row => Assert.Equal("r1", row.RequestId));
    }

    [Fact]
    public async Task Sample_OfSegmentsOfAnOlderRelease_IsTheSame()
    {
        await AppendAsync(1, 0);
        LogSegment segment = await SegmentAsync(0);
        await using (Stream content = await _world.Blobs.OpenReadAsync(PredictionPaths.Container, segment.Path, null, None))
        {
            var bytes = new MemoryStream();
            await content.CopyToAsync(bytes);
            bytes.Position = 0;
            await _world.Blobs.WriteAsync(PredictionPaths.Container, segment.Path, bytes, BlobWriteOptions.Default, None);
        }

        PredictionSample sample = await PredictionSample.TakeAsync(_world.Log, "m", _start, _start.AddHours(1), None);

        Assert.Null((await SegmentAsync(0)).Note);
        Assert.Equal((Rows, Rows), (sample.Total, sample.Rows.Count));
    }

    [Theory]
    [InlineData("""{"id":"r","row":3,"at":"2026-01-31T12:00:00Z","version":7,"features":{},"prediction":"Yes","scores":[1]}""")]
    [InlineData("""{"features":{"id":"x","row":[1]},"version":7,"at":"2026-01-31T12:00:00Z","row":3,"id":"r"}""")]
    public void Head_OfALineInAnyOrder_IsRead(string line) =>
        Assert.Equal(new RowHead("r", 3, new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.Zero), 7), RowHead.Parse(Encoding.UTF8.GetBytes(line)));

    [Theory]
    [InlineData("r1", 0, "r1~0")]
    [InlineData("long", 12345, "long~12345")]
    public void Key_OfARow_IsTheHashItHasAlwaysBeen(string id, int row, string hashed) =>
        Assert.Equal(MlOps.Domain.Serving.StickyBucket.Hash("answer", hashed), RowKey.Of(id, row));

    public Task InitializeAsync()
    {
        _start = _world.Time.GetUtcNow();
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await _world.DisposeAsync();

    /// <summary>A segment of its own: one request of many rows, in an hour of its own.</summary>
    private async Task AppendAsync(double sample, int hour, int rows = Rows)
    {
        Append($"r{hour}", rows, 1, _start.AddHours(hour), new LogRule(LogPolicy.Default with { Sample = sample }, []));
        await _world.Log.FlushAsync(None);
    }

    private void Append(string id, int rows, double score, DateTimeOffset? at = null, LogRule? rule = null) => _world.Log.Append(new PredictionRecord(
        "m", 1, id, at ?? _start, new RecordedRows(ServingWorld.Rows(new double[rows])), new(LearningTask.Regression, [], [.. Enumerable.Repeat(score, rows)]), rule));

    private async Task<LogSegment> SegmentAsync(int hour) =>
        await _world.Log.SegmentsAsync("m", _start.AddHours(hour), _start.AddHours(hour + 1), None).SingleAsync();

    /// <summary>Whoever reads on behind the sample finds a line that is none.</summary>
    private async Task BreakBehindSampleAsync(LogSegment segment)
    {
        var lines = new MemoryStream();
        await using (Stream content = await _world.Blobs.OpenReadAsync(PredictionPaths.Container, segment.Path, null, None))
        await using (var zip = new GZipStream(content, CompressionMode.Decompress))
            await zip.CopyToAsync(lines);
        string[] kept = [.. Encoding.UTF8.GetString(lines.ToArray()).Split('\n').Take(PredictionSegment.Sample)];
        var bytes = new MemoryStream();
        await using (var zip = new GZipStream(bytes, CompressionLevel.Fastest, leaveOpen: true))
            await zip.WriteAsync(Encoding.UTF8.GetBytes(string.Join('\n', kept) + "\nbroken"));
        bytes.Position = 0;
        await _world.Blobs.WriteAsync(PredictionPaths.Container, segment.Path, bytes, BlobWriteOptions.Default with { Metadata = segment.Note!.ToMetadata() }, None);
    }
}
