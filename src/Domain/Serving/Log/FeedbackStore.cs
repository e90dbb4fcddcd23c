using System.Runtime.CompilerServices;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Serving.Log;

/// <summary>
/// Ground truth, joined to predictions by request id and row. It may come late, repeatedly and before the prediction's record is
/// written; of several truths for one row the one received last counts.
/// </summary>
public sealed class FeedbackStore(IEntityTable tables, ServedVersions versions, PredictionLog log, TimeProvider time)
{
    /// <summary>Items one call may bring.</summary>
    public const int MaxItems = 100_000;

    /// <summary>Stores feedback; repeating the call changes nothing. All items are checked before any is stored.</summary>
    /// <exception cref="MlOpsException">NotFound for an unknown model; Invalid <c>feedback-empty</c>, <c>feedback-request-id</c>, <c>feedback-row</c>, <c>feedback-truth</c>, naming the items; TooLarge <c>feedback-too-large</c>.</exception>
    public async Task AddAsync(string model, IReadOnlyList<Feedback> feedback, CancellationToken cancellationToken)
    {
        if (feedback.Count == 0)
            throw MlOpsException.Invalid("feedback-empty", $"feedback for '{model}' has no items; give at least one with request id, row and truth");
        if (feedback.Count > MaxItems)
            throw MlOpsException.TooLarge("feedback-too-large", $"feedback for '{model}' has {feedback.Count:N0} items; at most {MaxItems:N0} are taken at once: send it in parts");
        IReadOnlyList<Feedback> items = Check(model, feedback, (await versions.ResolveAsync(model, null, cancellationToken)).Signature);
        DateTimeOffset now = time.GetUtcNow();
        string day = FeedbackTable.DayOf(now);
        string partition = FeedbackTable.Partition(day, model);
        foreach (EntityWrite[] batch in items.Select(f => EntityWrite.Upsert(FeedbackTable.ToEntity(partition, f, now))).Chunk(EntityLimits.BatchEntities))
            await tables.WriteAsync(FeedbackTable.Name, batch, cancellationToken);
        await tables.WriteAsync(FeedbackTable.Days, EntityWrite.Upsert(new Entity(model, day)), cancellationToken);
    }

    /// <summary>Predictions of [from, to) whose truth is known by now, in the log's order.</summary>
    public async IAsyncEnumerable<LabelledPrediction> JoinAsync(
        string model, DateTimeOffset from, DateTimeOffset to, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Dictionary<(string, int), (string Truth, DateTimeOffset Time)> truths = await TruthsSinceAsync(model, from, cancellationToken);
        if (truths.Count == 0)
            yield break;
        await foreach (LoggedPrediction logged in log.ReadAsync(model, from, to, int.MaxValue, cancellationToken))
        {
            if (truths.TryGetValue((logged.RequestId, logged.Row), out (string Truth, DateTimeOffset Time) known))
                yield return new LabelledPrediction(logged, known.Truth, known.Time);
        }
    }

    private static List<Feedback> Check(string model, IReadOnlyList<Feedback> feedback, Learning.Trainers.ModelSignature signature)
    {
        var problems = new RequestProblems();
        var truth = new FeedbackTruth(model, signature, problems);
        var byRow = new Dictionary<(string, int), Feedback>();
        for (int item = 0; item < feedback.Count; item++)
            byRow[(feedback[item].RequestId, feedback[item].Row)] = truth.Check(feedback[item], item);
        problems.ThrowIfAny();
        return [.. byRow.Values];
    }

    private async Task<Dictionary<(string, int), (string, DateTimeOffset)>> TruthsSinceAsync(string model, DateTimeOffset from, CancellationToken cancellationToken)
    {
        var truths = new Dictionary<(string, int), (string, DateTimeOffset)>();
        var since = new EntityRange(From: FeedbackTable.DayOf(from));
        await foreach (Entity day in tables.ScanAsync(FeedbackTable.Days, model, since, cancellationToken))
        {
            string partition = FeedbackTable.Partition(day.Key.Row, model);
            await foreach (Entity row in tables.ScanAsync(FeedbackTable.Name, partition, EntityRange.All, cancellationToken))
                truths[FeedbackTable.KeyOf(row)] = (row.Text("truth")!, row.Time("time")!.Value);
        }

        return truths;
    }
}
