using MlOps.Domain.Experiments.Traces;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Tests.Experiments;

/// <summary>A page of charts asks for the metrics of the same spans many times over.</summary>
public sealed class TraceMetricsTests : TrackerTest
{
    private const string Id = "tr-0123456789abcdef0123456789abcdef";

    [Fact]
    public async Task Query_Again_ReadsFilesOnlyOfTracesThatCameByMoreSpans()
    {
        string experiment = (await Tracker.EnsureExperimentAsync("churn", None)).Id;
        await Tracker.Traces.Spans.StoreAsync(experiment, Id, [NewSpan(1)], None);
        var query = new TraceMetricQuery([experiment], TraceMetricView.Spans, "span_count", [new TraceAggregation(TraceAggregationKind.Count)]);
        Assert.Equal(1, await CountAsync(query));
        BlobInfo file = await Stores.Blobs.ListAsync("artifact-tree", "", None).SingleAsync();

        await Stores.Blobs.DeleteAsync("artifact-tree", file.Path, null, None);
        Assert.Equal(1, await CountAsync(query));
        await Tracker.Traces.Spans.StoreAsync(experiment, Id, [NewSpan(2), NewSpan(3)], None);

        Assert.Equal(2, await CountAsync(query));
    }

    private async Task<double> CountAsync(TraceMetricQuery query) => Assert.Single(await Tracker.Traces.Metrics.QueryAsync(query, None)).Values["COUNT"];

    private static Span NewSpan(int number) => new($"{number:x16}", null, "call", 1_769_861_000_000_000_000, 1_769_861_001_000_000_000);
}
