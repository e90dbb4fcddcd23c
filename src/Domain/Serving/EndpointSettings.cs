namespace MlOps.Domain.Serving;

/// <summary>How an endpoint takes requests, whatever its traffic; a change is followed as one of the traffic is.</summary>
/// <param name="Concurrency">Null: no limit.</param>
/// <param name="Batching">Null: each request is scored by itself.</param>
/// <param name="ChangedBy">Who set it; filled in.</param>
public sealed record EndpointSettings(ConcurrencyLimit? Concurrency = null, MicroBatching? Batching = null, string? ChangedBy = null, DateTimeOffset? ChangedAt = null)
{
    /// <exception cref="MlOpsException">Invalid <c>endpoint-settings</c>, with all that is wrong.</exception>
    internal void Check()
    {
        string[] problems = [.. Concurrency?.Problems ?? [], .. Batching?.Problems ?? []];
        if (problems.Length > 0)
            throw MlOpsException.Invalid("endpoint-settings", string.Join("; ", problems));
    }
}

/// <summary>How many requests of one model are answered at the same time, in each process.</summary>
/// <param name="Requests">Being answered, 1 to 10,000.</param>
/// <param name="Waiting">Waiting for a place besides, 0 (the default) to 10,000; more are refused with 503 and <c>Retry-After</c>.</param>
public sealed record ConcurrencyLimit(int Requests, int Waiting = 0)
{
    private const int Most = 10_000;

    internal IEnumerable<string> Problems
    {
        get
        {
            if (Requests is < 1 or > Most)
                yield return $"concurrency.requests is {Requests}, allowed are 1 to {Most}";
            if (Waiting is < 0 or > Most)
                yield return $"concurrency.waiting is {Waiting}, allowed are 0 to {Most}";
        }
    }
}

/// <summary>Requests for the same version are gathered and scored together, where the version takes more than 200 microseconds a call.</summary>
/// <param name="MaxRows">Rows scored together at most, 2 to 10,000, default 64; a request with as many is scored by itself.</param>
/// <param name="MaxDelayMs">How long the first request waits for others, above 0 to 1,000, default 2.</param>
public sealed record MicroBatching(int MaxRows = 64, double MaxDelayMs = 2)
{
    private const int MostRows = 10_000;
    private const double LongestMs = 1_000;

    internal TimeSpan MaxDelay => TimeSpan.FromMilliseconds(MaxDelayMs);

    internal IEnumerable<string> Problems
    {
        get
        {
            if (MaxRows is < 2 or > MostRows)
                yield return $"batching.maxRows is {MaxRows}, allowed are 2 to {MostRows}";
            if (MaxDelayMs is not (> 0 and <= LongestMs))
                yield return $"batching.maxDelayMs is {MaxDelayMs}, allowed is above 0 to {LongestMs}";
        }
    }
}
