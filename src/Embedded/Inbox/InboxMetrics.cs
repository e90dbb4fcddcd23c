using System.Diagnostics.Metrics;
using MlOps.Domain;

namespace MlOps.Embedded.Inbox;

internal static class InboxMetrics
{
    private static readonly Meter Meter = new(Telemetry.Name);

    private static readonly Counter<long> Files = Meter.CreateCounter<long>("mlops.inbox.files", "{file}", "Files taken from the inbox.");

    public static void Taken(InboxVerdict verdict) => Files.Add(1, new KeyValuePair<string, object?>("verdict", verdict.ToString().ToLowerInvariant()));
}
