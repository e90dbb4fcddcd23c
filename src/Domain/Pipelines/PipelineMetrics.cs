using System.Diagnostics.Metrics;

namespace MlOps.Domain.Pipelines;

internal static class PipelineMetrics
{
    private static readonly Counter<long> Runs = Telemetry.Meter.CreateCounter<long>("mlops.pipeline.runs", "{run}", "Pipeline runs that came to a verdict.");

    public static void Ended(string pipeline, PipelineEnd end) =>
        Runs.Add(1, new("pipeline", pipeline), new("end", EnumWord.Of(end)));
}
