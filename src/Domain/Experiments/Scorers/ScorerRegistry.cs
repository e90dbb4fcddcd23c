using System.Text;
using MlOps.Domain.Experiments.Traces;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Experiments.Scorers;

/// <summary>Scorers of experiments by name: registered in versions, read, deleted. All of an experiment that is deleted is refused (<c>experiment-deleted</c>).</summary>
public sealed class ScorerRegistry
{
    private readonly ExperimentCatalog _catalog;
    private readonly TraceLog _traces;
    private readonly TimeProvider _time;
    private readonly ScorersTable _table;

    internal ScorerRegistry(IEntityTable tables, ExperimentCatalog catalog, TraceLog traces, TimeProvider time) =>
        (_catalog, _traces, _time, _table) = (catalog, traces, time, new ScorersTable(tables));

    /// <summary>Registers the next version of a name, the first of a new one. Repeated, it makes another.</summary>
    /// <param name="serialized">A JSON object.</param>
    /// <param name="unique">Of the scorer's id, where the name is new.</param>
    /// <exception cref="MlOpsException">NotFound <c>experiment-missing</c>, <c>gateway-endpoint-missing</c>; Conflict <c>experiment-deleted</c>; Invalid <c>name-invalid</c>, <c>scorer-invalid</c>, <c>scorer-of-code</c>; TooLarge <c>scorer-too-large</c>.</exception>
    public async Task<ScorerVersion> RegisterAsync(string experimentId, string name, string serialized, string unique, CancellationToken cancellationToken)
    {
        TrackingLimits.CheckName("scorer", name);
        ScorerText.Check(serialized);
        int bytes = Encoding.UTF8.GetByteCount(serialized);
        if (bytes > LargeValues.MaxBytes)
            throw MlOpsException.TooLarge("scorer-too-large", $"scorer '{TrackingLimits.Shown(name)}' has {bytes:N0} bytes, at most {LargeValues.MaxBytes:N0} are allowed");
        await CheckActiveAsync(experimentId, cancellationToken);
        ScorerVersion? made = null;
        await _table.ChangeAsync(
            experimentId,
            name,
            known =>
            {
                ScorerHead before = known ?? new ScorerHead(ScorersTable.NewId(unique, experimentId), name, 0);
                ScorerHead head = before with { LastVersion = before.LastVersion + 1 };
                made = new ScorerVersion(head.Id, experimentId, name, head.LastVersion, serialized, _time.GetUtcNow());
                return (head, made);
            },
            cancellationToken);
        return made!;
    }

    /// <summary>The latest version of each scorer, by name; each is read when it is asked for.</summary>
    /// <exception cref="MlOpsException">NotFound <c>experiment-missing</c>; Conflict <c>experiment-deleted</c>, as of all of these.</exception>
    public async Task<IAsyncEnumerable<ScorerVersion>> ListAsync(string experimentId, CancellationToken cancellationToken)
    {
        await CheckActiveAsync(experimentId, cancellationToken);
        List<ScorerHead> heads = await _table.HeadsAsync(experimentId, cancellationToken).ToListAsync(cancellationToken);
        return heads.OrderBy(head => head.Name, StringComparer.Ordinal).ToAsyncEnumerable()
            .Select(async (ScorerHead head, CancellationToken stop) => await _table.LatestAsync(experimentId, head, stop)).OfType<ScorerVersion>();
    }

    /// <param name="version">Null for the latest.</param>
    /// <exception cref="MlOpsException">NotFound <c>scorer-missing</c>.</exception>
    public async Task<ScorerVersion> GetAsync(string experimentId, string name, int? version, CancellationToken cancellationToken)
    {
        ScorerHead head = await HeadAsync(experimentId, name, cancellationToken);
        return (version is { } number ? await _table.FindAsync(experimentId, head, number, cancellationToken) : await _table.LatestAsync(experimentId, head, cancellationToken))
            ?? throw Missing(experimentId, name, version);
    }

    /// <summary>All versions, from the first on; each is read when it is asked for.</summary>
    /// <exception cref="MlOpsException">NotFound <c>scorer-missing</c>.</exception>
    public async Task<IAsyncEnumerable<ScorerVersion>> ListVersionsAsync(string experimentId, string name, CancellationToken cancellationToken)
    {
        ScorerHead head = await HeadAsync(experimentId, name, cancellationToken);
        List<int> numbers = await _table.NumbersAsync(experimentId, head, cancellationToken).ToListAsync(cancellationToken);
        if (numbers.Count == 0)
            throw Missing(experimentId, name, null);
        return numbers.AsEnumerable().Reverse().ToAsyncEnumerable()
            .Select(async (int number, CancellationToken stop) => await _table.FindAsync(experimentId, head, number, stop)).OfType<ScorerVersion>();
    }

    /// <summary>Deletes a version for good, or the scorer with all of them. A deletion that was broken off is finished by repeating it.</summary>
    /// <param name="version">Null for the scorer.</param>
    /// <exception cref="MlOpsException">NotFound <c>scorer-missing</c>.</exception>
    public async Task DeleteAsync(string experimentId, string name, int? version, CancellationToken cancellationToken)
    {
        ScorerHead head = await HeadAsync(experimentId, name, cancellationToken);
        if (version is { } number)
        {
            if (!await _table.DeleteAsync(experimentId, head, number, cancellationToken))
                throw Missing(experimentId, name, version);
            return;
        }

        bool any = false;
        // Its head last: until then the rest is found again. Who registers meanwhile has a version that is to go as well.
        for (ScorerHead? current = head; current is not null && current.Id == head.Id; current = await _table.FindAsync(experimentId, name, cancellationToken))
        {
            foreach (int one in await _table.NumbersAsync(experimentId, current, cancellationToken).ToListAsync(cancellationToken))
                any |= await _table.DeleteAsync(experimentId, current, one, cancellationToken);
            if (await _table.TryDeleteAsync(experimentId, current, cancellationToken))
                break;
        }

        if (!any)
            throw Missing(experimentId, name, null);
    }

    /// <summary>Those of the scorers of these ids that have any; unknown ids have none.</summary>
    public async Task<IReadOnlyList<OnlineScoring>> ListOnlineAsync(IReadOnlyList<string> scorerIds, CancellationToken cancellationToken)
    {
        var found = new List<OnlineScoring>();
        foreach (IGrouping<string?, string> ids in scorerIds.Distinct(StringComparer.Ordinal).GroupBy(ScorersTable.ExperimentOf))
        {
            if (ids.Key is not { } experimentId)
                continue;
            var wanted = ids.ToHashSet(StringComparer.Ordinal);
            await foreach (ScorerHead head in _table.HeadsAsync(experimentId, cancellationToken))
            {
                if (head.Online is { } online && wanted.Contains(head.Id))
                    found.Add(online);
            }
        }

        return found;
    }

    /// <summary>Sets which share of new traces a scorer is to score by itself; above 0 it is refused, since nothing here would.</summary>
    /// <param name="sampleRate">0 to 1.</param>
    /// <param name="filter">Of traces; null for all.</param>
    /// <param name="id">Of what is set.</param>
    /// <exception cref="MlOpsException">NotFound <c>scorer-missing</c>; Invalid <c>sample-rate</c>, <c>filter-invalid</c>, <c>scorer-not-online</c>.</exception>
    public async Task<OnlineScoring> SetOnlineAsync(string experimentId, string name, double sampleRate, string? filter, string id, CancellationToken cancellationToken)
    {
        if (!(sampleRate is >= 0 and <= 1))
            throw MlOpsException.Invalid("sample-rate", FormattableString.Invariant($"the share of traces to score is {sampleRate}, expected 0 to 1"));
        _traces.CheckFilter(filter);
        await CheckActiveAsync(experimentId, cancellationToken);
        OnlineScoring? set = null;
        await _table.ChangeAsync(
            experimentId,
            name,
            known =>
            {
                ScorerHead head = known ?? throw Missing(experimentId, name, null);
                if (sampleRate > 0)
                {
                    throw MlOpsException.Invalid("scorer-not-online",
                        FormattableString.Invariant($"scorer '{TrackingLimits.Shown(name)}' cannot score {sampleRate} of new traces by itself: that needs a model of an AI gateway, which is not here; score traces with mlflow.genai.evaluate"));
                }

                set = new OnlineScoring(id, head.Id, experimentId, sampleRate, filter);
                return (head with { Online = set }, null);
            },
            cancellationToken);
        return set!;
    }

    /// <summary>All of an experiment, for good.</summary>
    internal Task RemoveAsync(string experimentId, CancellationToken cancellationToken) => _table.RemoveAsync(experimentId, cancellationToken);

    private async Task CheckActiveAsync(string experimentId, CancellationToken cancellationToken) =>
        ExperimentCatalog.Active(await _catalog.GetAsync(experimentId, cancellationToken));

    private async Task<ScorerHead> HeadAsync(string experimentId, string name, CancellationToken cancellationToken)
    {
        await CheckActiveAsync(experimentId, cancellationToken);
        return await _table.FindAsync(experimentId, name, cancellationToken) ?? throw Missing(experimentId, name, null);
    }

    private static MlOpsException Missing(string experimentId, string name, int? version) => MlOpsException.NotFound("scorer-missing",
        $"experiment {experimentId} has no {(version is { } number ? $"version {number} of " : "")}scorer '{TrackingLimits.Shown(name)}': list its scorers to see what there is");
}
