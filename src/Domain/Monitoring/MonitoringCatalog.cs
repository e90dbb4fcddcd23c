using Microsoft.Extensions.Logging;
using MlOps.Domain.Storage;
using MlOps.Domain.Workflows;

namespace MlOps.Domain.Monitoring;

/// <summary>The workflows and activities of monitoring.</summary>
public static class MonitoringCatalog
{
    /// <param name="sinks">Where alerts go, each with a name of its own.</param>
    public static WorkflowCatalog AddMonitoring(
        this WorkflowCatalog catalog,
        IEntityTable tables,
        IBlobStore blobs,
        IWorkflowClient workflows,
        DriftMonitor drift,
        PerformanceMonitor performance,
        RetrainData data,
        IReadOnlyList<IAlertSink> sinks,
        TimeProvider time,
        ILogger logger)
    {
        var table = new MonitoringTable(tables, blobs);
        return catalog
            .Add(new DriftCheckWorkflow())
            .Add(new PerformanceCheckWorkflow())
            .Add(new MeasureDriftActivity(table, drift, logger))
            .Add(new MeasurePerformanceActivity(table, performance, logger))
            .Add(new RaiseAlertActivity(table, sinks))
            .Add(new SendAlertActivity(table, sinks))
            .Add(new CheckRetrainActivity(table, time, logger))
            .Add(new AppendDataActivity(data))
            .Add(new StartRetrainActivity(table, workflows, time, logger));
    }
}
