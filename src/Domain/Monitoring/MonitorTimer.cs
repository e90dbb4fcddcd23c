using Microsoft.Extensions.Logging;
using MlOps.Domain.Storage;
using MlOps.Domain.Workflows;

namespace MlOps.Domain.Monitoring;

/// <summary>
/// Starts the checks that are due. A check's instance id follows from when it fell due, so it starts once however many timers
/// tick; after a pause only the newest of the missed ones runs.
/// </summary>
public sealed class MonitorTimer(IEntityTable tables, IBlobStore blobs, IWorkflowClient workflows, ILogger logger)
{
    // Histories of so many checks are kept; their reports stay for good.
    private const int KeptChecks = 100;

    private readonly MonitoringTable _table = new(tables, blobs);
    private readonly Dictionary<(string Model, ReportKind Kind), DateTimeOffset> _started = [];

    /// <summary>Not to be called by several threads at once. A check that cannot be started is logged and tried again at the next tick.</summary>
    public async Task TickAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        foreach (MonitorState state in await _table.ListPoliciesAsync(cancellationToken))
        {
            if (state.Policy.Drift is { } drift)
                await TryStartAsync(state, ReportKind.Drift, drift.Every, now, cancellationToken);
            if (state.Policy.Performance is { } performance)
                await TryStartAsync(state, ReportKind.Performance, performance.Every, now, cancellationToken);
        }
    }

    private async Task TryStartAsync(MonitorState state, ReportKind kind, TimeSpan every, DateTimeOffset now, CancellationToken cancellationToken)
    {
        try
        {
            await StartDueAsync(state, kind, every, now, cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            MonitoringLog.CheckNotStarted(logger, state.Policy.Model, kind, e);
        }
    }

    private async Task StartDueAsync(MonitorState state, ReportKind kind, TimeSpan every, DateTimeOffset now, CancellationToken cancellationToken)
    {
        string model = state.Policy.Model;
        if (Beat.Latest(state.Since, every, now) is not { } due || _started.GetValueOrDefault((model, kind)) == due)
            return;
        await workflows.StartAsync(Monitors.WorkflowOf(kind), new MonitorCheck(model, due), MonitorIds.Check(kind, model, due), cancellationToken);
        _started[(model, kind)] = due;
        await PurgeAsync(MonitorIds.Check(kind, model, due - (KeptChecks * every)), cancellationToken);
    }

    private async Task PurgeAsync(string instanceId, CancellationToken cancellationToken)
    {
        try
        {
            await workflows.PurgeAsync(instanceId, cancellationToken);
        }
        catch (MlOpsException e) when (e.Kind == ErrorKind.Conflict)
        {
            // Still running: it is left for its owner to see.
        }
    }
}
