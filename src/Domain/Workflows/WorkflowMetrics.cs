using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace MlOps.Domain.Workflows;

/// <summary>What is counted and traced of workflows; the same on every engine.</summary>
public static class WorkflowMetrics
{
    private static readonly Counter<long> Workflows = Telemetry.Meter.CreateCounter<long>("mlops.workflows", "{instance}", "Workflow instances that ended.");

    private static readonly Histogram<double> Activities = Telemetry.Meter.CreateHistogram<double>("mlops.activity.duration", "s", "Attempts of activities.");

    /// <summary>Called by an engine when an instance has ended.</summary>
    public static void Ended(string workflow, WorkflowState state) =>
        Workflows.Add(1, new("workflow", workflow), new("state", state.ToString().ToLowerInvariant()));

    /// <summary>Runs one attempt of an activity inside a span.</summary>
    internal static async Task<T> MeasureAsync<T>(string activity, ActivityContext context, Func<Task<T>> run)
    {
        using Activity? span = Telemetry.Spans.StartActivity($"mlops.activity {activity}");
        span?.SetTag("mlops.workflow.instance", context.InstanceId).SetTag("mlops.activity.attempt", context.Attempt);
        long start = Stopwatch.GetTimestamp();
        string outcome = "failed";
        try
        {
            T result = await run();
            outcome = "completed";
            return result;
        }
        catch (Exception e)
        {
            span?.SetStatus(ActivityStatusCode.Error, e.Message);
            throw;
        }
        finally
        {
            Activities.Record(Stopwatch.GetElapsedTime(start).TotalSeconds, new("activity", activity), new("outcome", outcome));
        }
    }
}
