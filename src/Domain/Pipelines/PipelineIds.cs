using System.Security.Cryptography;
using System.Text;
using MlOps.Domain.Workflows;

namespace MlOps.Domain.Pipelines;

/// <summary>
/// Instance ids of runs. What comes from a cause that can be told twice (a data set version, a report, a due time) has an id that
/// follows from the cause, so that it starts one run.
/// </summary>
internal static class PipelineIds
{
    public static string Of(string pipeline, PipelineTrigger trigger, IIdSource ids)
    {
        string name = InstanceName.Part(pipeline);
        return trigger.Cause is { } cause ? $"{name}-{Word(trigger.Reason)}-{Hash(cause)}" : $"{name}-{ids.NewId()}";
    }

    private static string Word(TriggerReason reason) => reason switch
    {
        TriggerReason.NewData => "data",
        TriggerReason.Drift => "drift",
        TriggerReason.Performance => "performance",
        TriggerReason.Schedule => "schedule",
        _ => "manual",
    };

    private static string Hash(string cause) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(cause)))[..16];
}
