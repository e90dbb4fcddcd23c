using System.Globalization;
using MlOps.Domain.Storage;
using MlOps.Domain.Workflows;
using MlOps.Domain.Workflows.Replay;

namespace MlOps.Embedded.Workflows;

/// <summary>Journal events as rows: <c>e-generation-sequence</c> in the partition of the instance.</summary>
internal static class JournalCodec
{
    public const string EventPrefix = "e-";

    public static string GenerationPrefix(int generation) => EventPrefix + generation.ToString("D10", CultureInfo.InvariantCulture) + "-";

    public static string RowOf(int generation, long sequence) => GenerationPrefix(generation) + SortKeys.SmallestFirst(sequence);

    public static Entity Write(string instanceId, int generation, long sequence, JournalEvent e) => new(instanceId, RowOf(generation, sequence))
    {
        ["kind"] = e.Kind.ToString(),
        ["at"] = e.At,
        ["step"] = e.Step == 0 ? null : e.Step,
        ["stepKind"] = e.StepKind?.ToString(),
        ["name"] = e.Name,
        ["data"] = e.Data,
        ["target"] = e.Target,
        ["eventId"] = e.EventId,
        ["attempt"] = e.Attempt == 0 ? null : e.Attempt,
        ["due"] = e.Due,
        ["errorKind"] = e.Failure?.Kind.ToString(),
        ["errorCode"] = e.Failure?.Code,
        ["error"] = e.Failure?.Message,
    };

    /// <exception cref="MlOpsException">Unavailable <c>journal-corrupt</c>: the row is not what the engine writes.</exception>
    public static JournalEvent Read(Entity row) => new(Named<JournalKind>(row, "kind"), row.Time("at") ?? throw Corrupt(row, "has no time"))
    {
        Step = (int)(row.Int("step") ?? 0),
        StepKind = row["stepKind"] is null ? null : Named<StepKind>(row, "stepKind"),
        Name = row.Text("name"),
        Data = row.Text("data"),
        Target = row.Text("target"),
        EventId = row.Text("eventId"),
        Attempt = (int)(row.Int("attempt") ?? 0),
        Due = row.Time("due"),
        Failure = row["errorKind"] is null ? null : FailureOf(row),
    };

    public static StepFailure FailureOf(Entity row) =>
        new(Named<ErrorKind>(row, "errorKind"), row.Text("errorCode") ?? "unexpected", row.Text("error") ?? "");

    public static T Named<T>(Entity row, string property)
        where T : struct, Enum =>
        Enum.TryParse(row.Text(property), out T value) && Enum.IsDefined(value)
            ? value
            : throw Corrupt(row, $"has '{row[property]}' as {property}");

    public static MlOpsException Corrupt(Entity row, string what) => ReplayErrors.Corrupt(row.Key.Partition, $"row '{row.Key.Row}' {what}");
}
