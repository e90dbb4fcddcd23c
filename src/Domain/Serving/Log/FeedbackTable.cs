using System.Globalization;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Serving.Log;

/// <summary>
/// Rows of feedback. Table <c>feedback</c>, partition = day of receipt and model, row = row index and request id: a prediction
/// is joined by reading the days since it was made, for truth never comes before. Table <c>feedbackDays</c>, partition = model: the
/// days there are, written after the feedback itself.
/// </summary>
internal static class FeedbackTable
{
    public const string Name = "feedback";
    public const string Days = "feedbackDays";

    public static string DayOf(DateTimeOffset time) => time.UtcDateTime.ToString("yyyyMMdd", CultureInfo.InvariantCulture);

    public static string Partition(string day, string model) => $"{day}~{model}";

    public static Entity ToEntity(string partition, Feedback feedback, DateTimeOffset received) => new(partition, string.Create(CultureInfo.InvariantCulture, $"{feedback.Row:D7}~{feedback.RequestId}"))
    {
        ["truth"] = feedback.Truth,
        ["time"] = feedback.Time ?? received,
        ["received"] = received,
    };

    public static (string RequestId, int Row) KeyOf(Entity entity)
    {
        string key = entity.Key.Row;
        return (key[8..], int.Parse(key.AsSpan(0, 7), CultureInfo.InvariantCulture));
    }
}
