using System.Runtime.CompilerServices;
using MlOps.Domain.Serving.Models;
using MlOps.Domain.Storage;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Serving.Log;

/// <summary>
/// Ground truth, joined to predictions by request id and row. It may come late, repeatedly and before the prediction's record is
/// written; of several truths for one row the one received last counts. A row of a request counts once, however often either is sent.
/// </summary>
public sealed class FeedbackStore(IEntityTable tables, ServedVersions versions, PredictionLog log, TimeProvider time, FeedbackLimits? limits = null, Router? router = null)
{
    /// <summary>Items stored at a time.</summary>
    private const int Part = 1_000;

    private static readonly SemaphoreSlim Summing = new(1, 1);

    private readonly FeedbackRows _rows = new(tables);

    /// <summary>Stores what is right of the feedback and says what is wrong with the rest; repeating the call changes nothing.</summary>
    /// <param name="indexes">What the items are counted by, where a long list comes in parts; default from 0.</param>
    /// <exception cref="MlOpsException">NotFound for an unknown model; Invalid <c>feedback-empty</c>.</exception>
    public async Task<FeedbackResult> AddAsync(string model, IReadOnlyList<Feedback> feedback, CancellationToken cancellationToken, IReadOnlyList<long>? indexes = null)
    {
        if (feedback.Count == 0)
            throw MlOpsException.Invalid("feedback-empty", $"feedback for '{model}' has no items; give at least one with request id, row, and truth or reward");
        var truth = new FeedbackTruth(model, await SignaturesAsync(model, cancellationToken));
        (Feedback? Item, FeedbackProblem? Problem)[] items = [.. feedback.Select((f, i) => truth.Check(f, indexes?[i] ?? i))];
        long accepted = 0;
        foreach (Feedback[] part in items.Select(i => i.Item).OfType<Feedback>().Chunk(Part))
            accepted += await _rows.AddAsync(model, part, time, cancellationToken);

        FeedbackProblem[] problems = [.. items.Select(i => i.Problem).OfType<FeedbackProblem>()];
        var result = new FeedbackResult(accepted, items.Length - problems.Length - accepted, problems);
        ServingMetrics.Feedback(model, result);
        return result;
    }

    /// <summary>The champion's, and those of all versions that have traffic or are tried unseen: what a new one has learned to tell may be true before it is the champion.</summary>
    private async Task<IReadOnlyList<ModelSignature>> SignaturesAsync(string model, CancellationToken cancellationToken)
    {
        var known = new List<ModelSignature> { (await versions.ResolveAsync(model, null, cancellationToken)).Signature };
        if (router is null || await router.FindAsync(model, cancellationToken) is not { } endpoint)
            return known;
        foreach (int version in endpoint.Traffic.Select(t => t.Version).Append(endpoint.Shadow?.Version ?? 0).Where(v => v > 0 && endpoint.Uses(v)))
            known.Add((await versions.GetAsync(model, version, cancellationToken)).Signature);
        return known;
    }

    /// <summary>Predictions of [from, to) whose truth is known by now, in the log's order; of a request that was sent twice the first.</summary>
    public async IAsyncEnumerable<LabelledPrediction> JoinAsync(
        string model, DateTimeOffset from, DateTimeOffset to, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach ((LoggedPrediction logged, Feedback known) in KnownAsync(model, from, to, f => f.Truth is not null, cancellationToken))
            yield return new LabelledPrediction(logged, known.Truth!, known.Time!.Value);
    }

    /// <summary>As <see cref="JoinAsync"/>, those whose reward is known by now.</summary>
    public async IAsyncEnumerable<RewardedPrediction> RewardsAsync(
        string model, DateTimeOffset from, DateTimeOffset to, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach ((LoggedPrediction logged, Feedback known) in KnownAsync(model, from, to, f => f.Reward is not null, cancellationToken))
            yield return new RewardedPrediction(logged, known.Reward!.Value);
    }

    /// <summary>How much of what was received since a time belongs to predictions logged since then. One is counted at a time: each reads the log.</summary>
    /// <exception cref="MlOpsException">NotFound for an unknown model; TooLarge <c>feedback-summary-too-large</c>.</exception>
    public async Task<FeedbackSummary> SummaryAsync(string model, DateTimeOffset from, CancellationToken cancellationToken)
    {
        await versions.ResolveAsync(model, null, cancellationToken);
        await Summing.WaitAsync(cancellationToken);
        try
        {
            var count = new FeedbackCount(model, from, limits ?? FeedbackLimits.Default);
            await foreach (Entity row in RowsSinceAsync(model, from, cancellationToken))
                count.AddTruth(FeedbackTable.KeyOf(row));
            await foreach (RowHead logged in log.HeadsAsync(model, from, DateTimeOffset.MaxValue, cancellationToken))
                count.AddPrediction((logged.RequestId, logged.Row));
            return count.Summary(time.GetUtcNow());
        }
        finally
        {
            Summing.Release();
        }
    }

    /// <summary>Deletes the truths of rows that are deleted from the log.</summary>
    internal async Task<int> ForgetAsync(string model, IReadOnlyCollection<(string RequestId, int Row)> rows, CancellationToken cancellationToken) =>
        await DaysAsync(model, EntityRange.All, cancellationToken) is { Count: 0 } ? 0 : await _rows.ForgetAsync(model, rows, cancellationToken);

    /// <summary>Deletes what was received before a day: whatever it belongs to was predicted before, too.</summary>
    /// <param name="goOn">Called before each day of it; null for nothing.</param>
    internal async Task<int> ForgetAsync(string model, DateTimeOffset before, Func<Task>? goOn, CancellationToken cancellationToken)
    {
        int forgotten = 0;
        foreach (string day in await DaysAsync(model, new EntityRange(To: FeedbackTable.DayOf(before)), cancellationToken))
        {
            if (goOn is not null)
                await goOn();
            forgotten += await _rows.ForgetDayAsync(model, day, cancellationToken);
        }

        return forgotten;
    }

    private async IAsyncEnumerable<(LoggedPrediction Logged, Feedback Known)> KnownAsync(
        string model, DateTimeOffset from, DateTimeOffset to, Func<Feedback, bool> wants, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var feedback = new Dictionary<(string, int), Feedback>();
        await foreach (Entity row in RowsSinceAsync(model, from, cancellationToken))
        {
            Feedback known = FeedbackTable.FromEntity(row);
            if (wants(known))
                feedback[(known.RequestId, known.Row)] = known;
        }

        if (feedback.Count == 0)
            yield break;
        await foreach (LoggedPrediction logged in log.ReadAsync(model, from, to, new TruthFilter(feedback.Keys), cancellationToken))
        {
            if (feedback.Remove((logged.RequestId, logged.Row), out Feedback? known))
                yield return (logged, known);
        }
    }

    private async IAsyncEnumerable<Entity> RowsSinceAsync(string model, DateTimeOffset from, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (string day in await DaysAsync(model, new EntityRange(From: FeedbackTable.DayOf(from)), cancellationToken))
        {
            await foreach (Entity row in tables.ScanAsync(FeedbackTable.Name, FeedbackTable.Partition(day, model), EntityRange.All, cancellationToken))
                yield return row;
        }
    }

    private async Task<List<string>> DaysAsync(string model, EntityRange range, CancellationToken cancellationToken) =>
        await tables.ScanAsync(FeedbackTable.Days, model, range, cancellationToken).Select(day => day.Key.Row).ToListAsync(cancellationToken);

    private sealed class TruthFilter(ICollection<(string, int)> known) : LogFilter
    {
        public override bool Wants(in RowHead row) => known.Contains((row.RequestId, row.Row));
    }
}
