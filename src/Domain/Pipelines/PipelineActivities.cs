namespace MlOps.Domain.Pipelines;

/// <summary>Names of the activities, shared by the workflows that call them.</summary>
internal static class PipelineActivities
{
    public const string Prepare = "pipeline-prepare";
    public const string CheckSchema = "pipeline-check-schema";
    public const string Train = "pipeline-train";
    public const string Evaluate = "pipeline-evaluate";
    public const string CheckGates = "pipeline-check-gates";
    public const string FindChampion = "pipeline-find-champion";
    public const string Register = "pipeline-register";
    public const string SetMonitor = "pipeline-set-monitor";
    public const string Start = "pipeline-start";
}
