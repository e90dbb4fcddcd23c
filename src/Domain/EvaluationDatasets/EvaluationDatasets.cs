using MlOps.Domain.Experiments;
using MlOps.Domain.Experiments.Search;
using MlOps.Domain.Storage;

namespace MlOps.Domain.EvaluationDatasets;

/// <summary>
/// Evaluation data sets: made, described, filled, searched, removed. Every write is safe to repeat and durable when its task completes.
/// Errors of all that name one: NotFound <c>evaluation-data-set-missing</c>.
/// </summary>
public sealed class EvaluationDatasets
{
    /// <summary>Data sets a page.</summary>
    public const int Page = 50_000;

    /// <summary>Records a page; it ends early before its records take 16 MiB.</summary>
    public const int RecordsPage = 50_000;

    private const int Attempts = 100;
    private const int TagKeyChars = 250;
    private const int MaxExperiments = 1_000;

    private readonly EvaluationDatasetTable _table;
    private readonly ExperimentCatalog _experiments;
    private readonly TimeProvider _time;

    internal EvaluationDatasets(IEntityTable tables, ExperimentCatalog experiments, TimeProvider time) =>
        (_table, _experiments, _time) = (new EvaluationDatasetTable(tables), experiments, time);

    /// <summary>One of that id is returned as it stands.</summary>
    /// <exception cref="MlOpsException">
    /// NotFound <c>experiment-missing</c>; Invalid <c>evaluation-data-set-id</c>, <c>name-invalid</c>, <c>key-invalid</c>, <c>value-too-long</c>;
    /// TooLarge <c>too-many-experiments</c>, <c>evaluation-data-set-too-large</c>.
    /// </exception>
    public async Task<EvaluationDataset> CreateAsync(EvaluationDatasetStart start, CancellationToken cancellationToken)
    {
        if (!TrackingLimits.IsRunId(start.Id))
            throw MlOpsException.Invalid("evaluation-data-set-id", $"the id '{start.Id}' is not allowed: a letter or digit, then letters, digits and _ . : ~ -, at most {TrackingLimits.RunIdChars} in all");
        CheckName(start.Name);
        CheckTags(start.Tags);
        await CheckExperimentsAsync(start.ExperimentIds, cancellationToken);
        DateTimeOffset now = _time.GetUtcNow();
        var made = new EvaluationDataset(start.Id, start.Name, now) { Tags = start.Tags.ToDictionary(StringComparer.Ordinal), ExperimentIds = Added([], start.ExperimentIds), CreatedBy = start.CreatedBy, UpdatedBy = start.CreatedBy };
        return await _table.TryWriteAsync([EvaluationDatasetTable.Write(made, null)], cancellationToken) ? made : (await _table.GetAsync(start.Id, cancellationToken)).Value;
    }

    public async Task<EvaluationDataset> GetAsync(string id, CancellationToken cancellationToken) => (await _table.GetAsync(id, cancellationToken)).Value;

    /// <summary>With its records, for good. One that is not there is fine; a removal that was broken off is finished by repeating it.</summary>
    public async Task DeleteAsync(string id, CancellationToken cancellationToken)
    {
        // First nobody finds it and no records come; its own row goes last.
        for (int attempt = 1; attempt <= Attempts; attempt++)
        {
            if (await _table.FindAsync(id, cancellationToken) is not { } found)
                return;
            if (found.Value.DeletedAt is null)
            {
                await _table.TryWriteAsync([EvaluationDatasetTable.Write(found.Value with { DeletedAt = _time.GetUtcNow() }, found)], cancellationToken);
                continue;
            }

            await _table.RemoveRecordsAsync(id, cancellationToken);
            if (await _table.TryWriteAsync([EvaluationDatasetTable.Delete(found)], cancellationToken))
                return;
        }
    }

    /// <summary>Those that are there already get the new values.</summary>
    /// <exception cref="MlOpsException">Invalid <c>key-invalid</c>, <c>value-too-long</c>; TooLarge <c>evaluation-data-set-too-large</c>.</exception>
    public Task<EvaluationDataset> SetTagsAsync(string id, IReadOnlyDictionary<string, string> tags, CancellationToken cancellationToken)
    {
        CheckTags(tags);
        return ChangeAsync(id, d => tags.Count == 0 ? d : d with { Tags = Merged(d.Tags, tags) }, cancellationToken);
    }

    /// <summary>One that is not there is fine.</summary>
    public Task<EvaluationDataset> DeleteTagAsync(string id, string key, CancellationToken cancellationToken) =>
        ChangeAsync(id, d => d.Tags.ContainsKey(key) ? d with { Tags = d.Tags.Where(t => t.Key != key).ToDictionary(StringComparer.Ordinal) } : d, cancellationToken);

    /// <summary>Experiments may be deleted ones.</summary>
    /// <exception cref="MlOpsException">NotFound <c>experiment-missing</c>; TooLarge <c>too-many-experiments</c>.</exception>
    public async Task<EvaluationDataset> AddToExperimentsAsync(string id, IReadOnlyList<string> experimentIds, CancellationToken cancellationToken)
    {
        await GetAsync(id, cancellationToken);
        await CheckExperimentsAsync(experimentIds, cancellationToken);
        return await ChangeAsync(id, d => d with { ExperimentIds = Added(d.ExperimentIds, experimentIds), UpdatedAt = _time.GetUtcNow() }, cancellationToken);
    }

    /// <summary>Those that it does not belong to are fine.</summary>
    public Task<EvaluationDataset> RemoveFromExperimentsAsync(string id, IReadOnlyList<string> experimentIds, CancellationToken cancellationToken) => ChangeAsync(
        id,
        d => d.ExperimentIds.Any(experimentIds.Contains) ? d with { ExperimentIds = [.. d.ExperimentIds.Except(experimentIds)], UpdatedAt = _time.GetUtcNow() } : d,
        cancellationToken);

    /// <summary>Records with inputs that the data set has are changed, others added.</summary>
    /// <exception cref="MlOpsException">TooLarge <c>evaluation-record-too-large</c>, before anything is written but where it is a known record that would become so; <c>evaluation-data-set-too-large</c>.</exception>
    public Task<MergeCount> MergeAsync(string id, IReadOnlyList<RecordEdit> edits, CancellationToken cancellationToken) =>
        new RecordMerge(_table, id, _time.GetUtcNow()).RunAsync(edits, cancellationToken);

    /// <param name="limit">1 to <see cref="RecordsPage"/>.</param>
    /// <param name="continuation">From the page before, of the same data set; records that came or went meanwhile neither repeat nor hide others.</param>
    /// <exception cref="MlOpsException">Invalid <c>continuation-invalid</c>.</exception>
    public async Task<RecordPage> RecordsAsync(string id, int limit, string? continuation, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        await GetAsync(id, cancellationToken);
        return await _table.PageAsync(id, limit, continuation, cancellationToken);
    }

    /// <summary>Ids of none are fine.</summary>
    /// <returns>How many there were.</returns>
    public async Task<int> DeleteRecordsAsync(string id, IReadOnlyList<string> recordIds, CancellationToken cancellationToken)
    {
        await GetAsync(id, cancellationToken);
        int deleted = 0;
        foreach (string[] some in recordIds.Distinct(StringComparer.Ordinal).Chunk((EntityLimits.BatchEntities - 1) / 2))
            deleted += await DeleteSomeAsync(id, some, cancellationToken);
        return deleted;
    }

    /// <exception cref="MlOpsException">Invalid <c>filter-invalid</c>, <c>page-token</c>.</exception>
    public async Task<EvaluationDatasetPage> SearchAsync(EvaluationDatasetQuery query, CancellationToken cancellationToken)
    {
        var search = new ListSearch<EvaluationDataset>(
            query.Filter, query.OrderBy.Count == 0 ? ["created_time DESC"] : query.OrderBy, query.Continuation, new EvaluationDatasetFields(), d => (d.Id, 0));
        HashSet<string> experiments = [.. query.ExperimentIds];
        List<EvaluationDataset> found = await _table.ListAsync(cancellationToken).Select(row => row.Value)
            .Where(d => d.DeletedAt is null && (experiments.Count == 0 || d.ExperimentIds.Any(experiments.Contains)) && search.Matches(d)).ToListAsync(cancellationToken);
        (IReadOnlyList<EvaluationDataset> items, string? next) = search.Page(found, query.Limit);
        return new(items, next);
    }

    private async Task<int> DeleteSomeAsync(string id, string[] recordIds, CancellationToken cancellationToken)
    {
        for (int attempt = 1; attempt <= Attempts; attempt++)
        {
            StoredDataset dataset = await _table.GetAsync(id, cancellationToken);
            StoredRecord[] found = [.. (await Task.WhenAll(recordIds.Select(record => _table.FindRecordAsync(id, record, cancellationToken)))).OfType<StoredRecord>()];
            EntityWrite rest = EvaluationDatasetTable.Write(dataset.Value with { Records = dataset.Value.Records - found.Length }, dataset);
            if (found.Length == 0 || await _table.TryWriteAsync([rest, .. found.SelectMany(record => EvaluationDatasetTable.Delete(id, record))], cancellationToken))
                return found.Length;
        }

        throw Busy(id);
    }

    /// <param name="change">The same one leaves it.</param>
    private async Task<EvaluationDataset> ChangeAsync(string id, Func<EvaluationDataset, EvaluationDataset> change, CancellationToken cancellationToken)
    {
        for (int attempt = 1; attempt <= Attempts; attempt++)
        {
            StoredDataset before = await _table.GetAsync(id, cancellationToken);
            EvaluationDataset after = change(before.Value);
            if (ReferenceEquals(after, before.Value) || await _table.TryWriteAsync([EvaluationDatasetTable.Write(after, before)], cancellationToken))
                return after;
        }

        throw Busy(id);
    }

    private async Task CheckExperimentsAsync(IReadOnlyList<string> experimentIds, CancellationToken cancellationToken)
    {
        if (experimentIds.Count > MaxExperiments)
            throw MlOpsException.TooLarge("too-many-experiments", $"{experimentIds.Count:N0} experiments are named, at most {MaxExperiments:N0} are allowed");
        foreach (string experimentId in experimentIds.Distinct(StringComparer.Ordinal))
            await _experiments.GetAsync(experimentId, cancellationToken);
    }

    /// <summary>Those that come at once in order of their ids, as MLflow lists them.</summary>
    private static string[] Added(IReadOnlyList<string> known, IReadOnlyList<string> more) => [.. known, .. more.Except(known).Order(StringComparer.Ordinal)];

    private static Dictionary<string, string> Merged(IReadOnlyDictionary<string, string> known, IReadOnlyDictionary<string, string> more)
    {
        Dictionary<string, string> all = known.ToDictionary(StringComparer.Ordinal);
        foreach ((string key, string value) in more)
            all[key] = value;
        return all;
    }

    private static void CheckName(string name)
    {
        if (string.IsNullOrWhiteSpace(name) || name.Length > TrackingLimits.NameChars || name.Any(char.IsControl))
            throw MlOpsException.Invalid("name-invalid", $"the name of an evaluation data set takes 1 to {TrackingLimits.NameChars} characters, not all of them blank, without control characters; this one has {name.Length:N0}");
    }

    private static void CheckTags(IReadOnlyDictionary<string, string> tags)
    {
        foreach ((string key, string value) in tags)
        {
            if (key.Length is 0 or > TagKeyChars)
                throw MlOpsException.Invalid("key-invalid", $"the name of a tag of an evaluation data set takes 1 to {TagKeyChars} characters, this one has {key.Length:N0}");
            if (value.Length > TrackingLimits.ValueChars)
                throw MlOpsException.Invalid("value-too-long", $"the value of tag '{key}' has {value.Length:N0} characters, at most {TrackingLimits.ValueChars:N0} are allowed");
        }
    }

    private static MlOpsException Busy(string id) => MlOpsException.Conflict("entity-changed", $"evaluation data set '{id}' is changed over and over by others: try again");
}
