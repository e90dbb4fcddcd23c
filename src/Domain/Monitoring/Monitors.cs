using System.Runtime.CompilerServices;
using MlOps.Domain.Storage;
using MlOps.Domain.Workflows;

namespace MlOps.Domain.Monitoring;

/// <summary>The façade of monitoring: policies, checks, reports, alerts.</summary>
public sealed class Monitors(IEntityTable tables, IBlobStore blobs, IWorkflowClient workflows, TimeProvider time, IIdSource ids)
{
    /// <summary>The container of full reports.</summary>
    internal const string ReportFiles = MonitoringTable.Reports;

    private const int ReportsPerStep = 200;

    private readonly MonitoringTable _table = new(tables, blobs);

    /// <summary>Sets what watches a model. Setting the same policy again does not move when its checks are due.</summary>
    /// <exception cref="MlOpsException">Invalid <c>monitor-invalid</c>.</exception>
    public Task SetPolicyAsync(MonitorPolicy policy, CancellationToken cancellationToken)
    {
        MonitorPolicyCheck.Check(policy);
        DateTimeOffset now = time.GetUtcNow();
        string text = WorkflowJson.Write(policy);
        return _table.UpdatePolicyAsync(
            policy.Model, state => state is not null && WorkflowJson.Write(state.Policy) == text ? null : new(policy, now), cancellationToken);
    }

    public Task<MonitorState?> FindPolicyAsync(string model, CancellationToken cancellationToken) => _table.FindPolicyAsync(model, cancellationToken);

    /// <summary>Stops watching a model; its reports stay, and so does a policy of another owner.</summary>
    /// <param name="owner">Null: whoever put it in force.</param>
    /// <returns>False when there was none to end.</returns>
    public Task<bool> RemovePolicyAsync(string model, string? owner, CancellationToken cancellationToken) => _table.DeletePolicyAsync(
        model, state => owner is null || state.Policy.Owner is null || state.Policy.Owner == owner, cancellationToken);

    /// <summary>Removes what watches a model, and what was seen of it.</summary>
    internal Task ForgetAsync(string model, Func<Task> goOn, CancellationToken cancellationToken) => _table.ForgetAsync(model, goOn, cancellationToken);

    /// <summary>Checks a model now, with everything that follows from an alarm, and waits for the outcome.</summary>
    /// <exception cref="MlOpsException">What the check failed with.</exception>
    public async Task<MonitorOutcome> CheckNowAsync(string model, ReportKind kind, CancellationToken cancellationToken)
    {
        string id = MonitorIds.Manual(kind, model, ids.NewId());
        await workflows.StartAsync(WorkflowOf(kind), new MonitorCheck(model, time.GetUtcNow()), id, cancellationToken);
        WorkflowInstance ended = await workflows.WaitAsync(id, cancellationToken);
        if (ended.State == WorkflowState.Completed)
            return WorkflowJson.Read<MonitorOutcome>(ended.Output!)!;
        StepFailure failure = ended.Failure ?? new(ErrorKind.Unavailable, "monitor-check-cancelled", $"the check '{id}' was cancelled");
        throw new MlOpsException(failure.Kind, failure.Code, failure.Message);
    }

    /// <summary>Reports, newest first; of one kind when given.</summary>
    public async IAsyncEnumerable<MonitorReport> ListReportsAsync(string model, ReportKind? kind, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (MonitorReport report in _table.ListReportsAsync(model, cancellationToken))
        {
            if (kind is null || report.Kind == kind)
                yield return report;
        }
    }

    /// <summary>Paths of the full reports of models.</summary>
    /// <param name="goOn">Called now and then.</param>
    internal async Task<IReadOnlySet<string>> ListReportFilesAsync(IAsyncEnumerable<string> models, Func<Task> goOn, CancellationToken cancellationToken)
    {
        var paths = new HashSet<string>(StringComparer.Ordinal);
        int seen = 0;
        await foreach (string model in models.WithCancellation(cancellationToken))
        {
            await foreach (MonitorReport report in _table.ListReportsAsync(model, cancellationToken))
            {
                paths.Add(MonitoringTable.BlobPath(report.Kind, report.Id));
                if (++seen % ReportsPerStep == 0)
                    await goOn();
            }
        }

        return paths;
    }

    /// <summary>The newest report of a kind, or null.</summary>
    public async Task<MonitorReport?> FindLatestAsync(string model, ReportKind kind, CancellationToken cancellationToken)
    {
        await foreach (MonitorReport report in ListReportsAsync(model, kind, cancellationToken))
            return report;
        return null;
    }

    /// <summary>A report with all its columns or metrics.</summary>
    /// <exception cref="MlOpsException">NotFound <c>report-missing</c>.</exception>
    public async Task<FullReport> GetReportAsync(string model, string id, CancellationToken cancellationToken)
    {
        MonitorReport report = await _table.FindReportAsync(model, id, cancellationToken)
            ?? throw MlOpsException.NotFound("report-missing", $"model '{model}' has no report '{id}'; list its reports to see the ids");
        return await _table.ReadFullAsync(report, cancellationToken);
    }

    /// <summary>Alerts, newest first; of one model when given.</summary>
    public async IAsyncEnumerable<Alert> ListAlertsAsync(string? model, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (Alert alert in _table.ListAlertsAsync(cancellationToken))
        {
            if (model is null || alert.Model == model)
                yield return alert;
        }
    }

    internal static string WorkflowOf(ReportKind kind) => kind == ReportKind.Drift ? DriftCheckWorkflow.WorkflowName : PerformanceCheckWorkflow.WorkflowName;
}
