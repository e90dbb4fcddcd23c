using MlOps.Domain.Serving.Units;

namespace MlOps.Domain.Serving;

/// <summary>A version that answers copies of the stable one's requests, unseen: <paramref name="BasisPoints"/> of 10,000 of them.</summary>
public sealed record ShadowShare(int Version, int BasisPoints);

/// <summary>How much of an endpoint's traffic a model version takes: <paramref name="BasisPoints"/> of 10,000.</summary>
public sealed record TrafficShare(int Version, int BasisPoints);

/// <summary>
/// The router's whole state for one registered model; one row, replaced whole.
/// </summary>
/// <param name="Model">The registered model, which names the endpoint too.</param>
/// <param name="Traffic">Shares that sum to 10,000. The first is the stable one: it has the buckets the others leave. Empty: claimed by a rollout, nothing served yet.</param>
/// <param name="Salt">Mixed into the unit's hash. It changes with each rollout, so that it is not always the same units that meet the new version.</param>
/// <param name="Revision">1 for the first state, then one more each change.</param>
/// <param name="RolloutId">The rollout that owns, or last owned, the traffic.</param>
/// <param name="ChangedAt">When this state was written.</param>
/// <param name="Shadow">A version that is tried unseen; null for none.</param>
/// <param name="Unit">Where the unit of a request is found (<see cref="UnitSource"/>); null: the caller names it, or each request is one.</param>
/// <param name="Settings">How it takes requests; null: without limit, each by itself.</param>
/// <param name="UnitsSince">The revision since which units are counted, where shares have moved since; null for this one.</param>
public sealed record Endpoint(
    string Model,
    IReadOnlyList<TrafficShare> Traffic,
    string Salt,
    long Revision,
    string? RolloutId,
    DateTimeOffset ChangedAt,
    ShadowShare? Shadow = null,
    string? Unit = null,
    EndpointSettings? Settings = null,
    long? UnitsSince = null)
{
    /// <summary>The revision since which units are counted: of changes that go on with what was before, the first.</summary>
    internal long CountedSince => UnitsSince ?? Revision;

    /// <summary><see cref="Unit"/>, read once.</summary>
    internal UnitSource? UnitSource { get; } = Unit is null ? null : UnitSource.Parse(Unit);

    /// <summary>The version that takes the traffic the others leave, or null while nothing is served.</summary>
    public int? StableVersion => Traffic.Count == 0 ? null : Traffic[0].Version;

    /// <summary>Whether the version has traffic now, or is tried unseen.</summary>
    public bool Uses(int version) => Shadow?.Version == version || Traffic.Any(t => t.Version == version && t.BasisPoints > 0);

    /// <summary>Whether the version that is tried unseen gets a copy of the request. Allocates nothing.</summary>
    /// <param name="draw">The server's number of it; 0 where only its id is known.</param>
    public bool Copies(string requestId, ulong draw = 0) => Shadow is { } shadow && (shadow.BasisPoints == StickyBucket.Count
        || (draw == 0 ? StickyBucket.Of(Salt, requestId) : (int)(RequestDraws.For(draw, RequestDraws.Copies) % StickyBucket.Count)) < shadow.BasisPoints);

    /// <summary>The version that answers the unit: the same one as long as salt and shares are the same.</summary>
    public int? VersionFor(string unit) => Traffic.Count switch
    {
        0 => null,
        1 => Traffic[0].Version,
        _ => TrafficSplit.VersionAt(Traffic, StickyBucket.Of(Salt, unit)),
    };

    /// <summary>The version that answers a request without a unit.</summary>
    internal int? VersionOf(ulong draw) => Traffic.Count == 0 ? null : TrafficSplit.VersionAt(Traffic, (int)(draw % StickyBucket.Count));
}

/// <summary>A past or present state of an endpoint and why it came to be.</summary>
public sealed record EndpointChange(long Revision, DateTimeOffset At, IReadOnlyList<TrafficShare> Traffic, string? RolloutId, string Reason);

/// <summary>A wanted change of traffic.</summary>
/// <param name="Traffic">The new shares, stable version first.</param>
/// <param name="Reason">For the history.</param>
/// <param name="RolloutId">The new owner; null keeps the present one.</param>
/// <param name="ExpectedRevision">Conflict <c>endpoint-changed</c> unless the endpoint is at this revision (0: does not exist); null for any.</param>
/// <param name="RequiredRollout">Conflict <c>endpoint-taken</c> unless this rollout owns the traffic: keeps a superseded rollout from writing.</param>
/// <param name="Shadow">A version to try unseen from now on; null ends it.</param>
/// <param name="Unit">A new source of units; null keeps the present one, <see cref="UnitSource.Caller"/> takes it back.</param>
/// <param name="Key">Idempotency key: a second change with the same key does nothing and returns the present state.</param>
/// <param name="Continues">Only the shares move, of the same rollout's versions: units are counted on, each as of the shares under which it was first met.</param>
public sealed record TrafficChange(
    IReadOnlyList<TrafficShare> Traffic,
    string Reason,
    string? RolloutId = null,
    long? ExpectedRevision = null,
    string? RequiredRollout = null,
    string? Key = null,
    ShadowShare? Shadow = null,
    string? Unit = null,
    bool Continues = false);
