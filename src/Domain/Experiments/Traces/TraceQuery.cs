namespace MlOps.Domain.Experiments.Traces;

/// <summary>A search over traces.</summary>
/// <param name="ExperimentIds">Those that do not exist or are deleted have no traces.</param>
public sealed record TraceQuery(IReadOnlyList<string> ExperimentIds)
{
    /// <summary>As of runs: <c>status</c>, <c>name</c>, <c>timestamp_ms</c>, <c>execution_time_ms</c>, <c>end_time_ms</c>, <c>request_id</c>,
    /// <c>client_request_id</c>, <c>run_id</c>, <c>tags.k</c>, <c>metadata.k</c>, <c>feedback.k</c>, <c>expectation.k</c>,
    /// <c>prompt</c>; of one of its spans <c>span.name</c>, <c>span.type</c>, <c>span.status</c>, <c>span.content</c> (or <c>text</c>), <c>span.attributes.k</c>.</summary>
    public string? Filter { get; init; }

    /// <summary>Then follow the newest first and the id.</summary>
    public IReadOnlyList<string> OrderBy { get; init; } = [];

    /// <summary>Traces a page, 1 or more. Default 100.</summary>
    public int Limit { get; init; } = 100;

    /// <summary>From the page before, of the same query with any limit.</summary>
    public string? Continuation { get; init; }
}

/// <summary>A page of traces, fewer than asked where they are large; null on the last.</summary>
public sealed record TracePage(IReadOnlyList<Trace> Traces, string? Continuation);
