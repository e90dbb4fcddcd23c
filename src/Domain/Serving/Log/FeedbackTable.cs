using System.Globalization;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Serving.Log;

/// <summary>
/// Rows of feedback. Table <c>feedback</c>, partition = day of receipt and model, row = row index and request id: a prediction
/// is joined by reading the days since it was made, for truth never comes before. Table <c>feedbackDays</c>, partition = model: the
/// days there are, written after the feedback itself. Table <c>feedbackKnown</c>, partition = a hash of the request id and model, row as in
/// <c>feedback</c>: the day where a row's truth lies, written last.
/// </summary>
internal static class FeedbackTable
{
    public const string Name = "feedback";
    public const string Days = "feedbackDays";
    public const string Known = "feedbackKnown";

    /// <summary>Enough that one partition does not take all writes, few enough that a bulk's writes go in full batches.</summary>
    private const int KnownPartitions = 16;

    public static string DayOf(DateTimeOffset time) => time.UtcDateTime.ToString("yyyyMMdd", CultureInfo.InvariantCulture);

    public static string Partition(string day, string model) => $"{day}~{model}";

    public static string RowKey(string requestId, int row) => string.Create(CultureInfo.InvariantCulture, $"{row:D7}~{requestId}");

    public static EntityKey KnownKey(string model, string requestId, int row) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{StickyBucket.Hash("feedback", requestId) % KnownPartitions:x}~{model}"), RowKey(requestId, row));

    /// <summary>What it leaves out is no property, so that it may be merged into a row that has it.</summary>
    public static Entity ToEntity(string partition, Feedback feedback, DateTimeOffset received)
    {
        var entity = new Entity(partition, RowKey(feedback.RequestId, feedback.Row)) { ["received"] = received };
        if (feedback.Truth is { } truth)
            (entity["truth"], entity["time"]) = (truth, feedback.Time ?? received);
        if (feedback.Reward is { } reward)
            entity["reward"] = reward;
        return entity;
    }

    public static Feedback FromEntity(Entity entity)
    {
        (string id, int row) = KeyOf(entity);
        return new(id, row, entity.Text("truth"), entity.Time("time"), entity.Real("reward"));
    }

    public static Entity ToKnown(string model, Feedback feedback, string day)
    {
        EntityKey key = KnownKey(model, feedback.RequestId, feedback.Row);
        return new Entity(key.Partition, key.Row) { ["day"] = day };
    }

    public static (string RequestId, int Row) KeyOf(Entity entity)
    {
        string key = entity.Key.Row;
        return (key[8..], int.Parse(key.AsSpan(0, 7), CultureInfo.InvariantCulture));
    }
}
