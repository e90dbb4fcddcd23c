using MlOps.Domain.Workflows;

namespace MlOps.Domain.Monitoring;

/// <summary>Workflow instance ids that follow from what is due, so that it starts once however often it is tried.</summary>
internal static class MonitorIds
{
    public static string Check(ReportKind kind, string model, DateTimeOffset due) => $"{Prefix(kind)}-{InstanceName.Part(model)}-{InstanceName.Part(due)}";

    public static string Manual(ReportKind kind, string model, string id) => $"{Prefix(kind)}-{InstanceName.Part(model)}-{id[^12..]}";

    public static string Retrain(string reportId) => "retrain-" + reportId;

    private static string Prefix(ReportKind kind) => kind == ReportKind.Drift ? "drift" : "performance";
}
