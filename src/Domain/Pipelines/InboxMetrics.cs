using System.Diagnostics.Metrics;

namespace MlOps.Domain.Pipelines;

/// <summary>Counted by every inbox, of files and of blobs.</summary>
public static class InboxMetrics
{
    private static readonly Counter<long> Files = Telemetry.Meter.CreateCounter<long>("mlops.inbox.files", "{file}", "Files taken from an inbox.");

    public static void Taken(InboxVerdict verdict) => Files.Add(1, new KeyValuePair<string, object?>("verdict", verdict.ToString().ToLowerInvariant()));
}
