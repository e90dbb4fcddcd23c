using MlOps.Domain.Experiments.Traces;

namespace MlOps.Domain.Tests.Experiments;

public sealed class TraceCorrelationTests : TrackerTest
{
    // As MLflow 3.11 answers these counts.
    [Theory]
    [InlineData(5, 3, 3, 2, 0.1149859013004797, 0.08703425478806841)]
    [InlineData(5, 3, 2, 0, -1, -0.4668878040145734)]
    [InlineData(5, 5, 5, 5, 1, 1)]
    [InlineData(5, 3, 3, 3, 1, 0.6147098441152088)]
    [InlineData(3, 1, 2, 1, 0.36907024642854264, 0.1853393619128634)]
    [InlineData(5, 3, 0, 0, double.NaN, double.NaN)]
    [InlineData(0, 0, 0, 0, double.NaN, double.NaN)]
    public void Npmi_OfCounts_IsThatOfMlflow(int total, int first, int second, int joint, double npmi, double smoothed)
    {
        var found = new TraceCorrelation(total, first, second, joint);

        Assert.Equal(npmi, found.Npmi, 1e-12);
        Assert.Equal(smoothed, found.SmoothedNpmi, 1e-12);
    }

    [Fact]
    public async Task Query_ByTracesAndTheirSpans_CountsThoseOfTheBase()
    {
        string experiment = (await Tracker.EnsureExperimentAsync("churn", None)).Id;
        string[] ids = [.. Enumerable.Range(1, 4).Select(n => $"tr-{n:x32}")];
        await Tracker.Traces.Spans.StoreAsync(experiment, ids[0], [Span(1, "search", SpanStatus.Error), Span(2, "answer", SpanStatus.Ok)], None);
        await Tracker.Traces.Spans.StoreAsync(experiment, ids[1], [Span(1, "search", SpanStatus.Ok), Span(2, "answer", SpanStatus.Error)], None);
        await Tracker.Traces.Spans.StoreAsync(experiment, ids[2], [Span(1, "answer", SpanStatus.Ok)], None);
        await Tracker.Traces.Spans.StoreAsync(experiment, ids[3], [Span(1, "search", SpanStatus.Error)], None);
        foreach (string id in ids[..3])
            await Tracker.Traces.SetTagAsync(id, "k", "v", None);

        TraceCorrelation all = await QueryAsync("span.name = 'search' AND span.status = 'ERROR'", "tags.k = 'v'", null);
        TraceCorrelation some = await QueryAsync("span.name = 'search'", "span.name = 'answer'", "tags.k = 'v' OR tags.k = 'w'");
        TraceCorrelation same = await QueryAsync("span.status = 'ERROR'", "span.status = 'OK'", "span.name = 'answer'");

        Assert.Equal(new TraceCorrelation(4, 2, 3, 1), all);
        Assert.Equal(new TraceCorrelation(3, 2, 3, 2), some);
        Assert.Equal(new TraceCorrelation(3, 1, 2, 0), same);
        await FailsAsync(ErrorKind.Invalid, "filter-invalid", () => QueryAsync("nope = 3", "tags.k = 'v'", null));

        await FailsAsync(ErrorKind.Invalid, "filter-invalid", () => QueryAsync("tags.k = 'a') OR (tags.k = 'b'", "tags.k = 'v'", "tags.k = 'v'"));

        Task<TraceCorrelation> QueryAsync(string first, string second, string? within) =>
            Tracker.Traces.Correlations.QueryAsync(new TraceCorrelationQuery([experiment, "77"], first, second) { Base = within }, None);
    }

    private static Span Span(int number, string name, SpanStatus status) =>
        new($"{number:x16}", number == 1 ? null : "0000000000000001", name, 1_769_861_000_000_000_000, 1_769_861_001_000_000_000) { Status = status };
}
