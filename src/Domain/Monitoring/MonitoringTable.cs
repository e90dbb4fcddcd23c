using System.Text.Json;
using MlOps.Domain.Storage;
using MlOps.Domain.Workflows;

namespace MlOps.Domain.Monitoring;

/// <summary>
/// Table <c>monitors</c>: partition <c>policies</c>, row model, is the policy; partition <c>retrains</c>, row model, the last retrain,
/// whose conditional replace is what enforces the cool-down. Table <c>reports</c>: partition model, row
/// <c>[newest first]-[id]</c>, and row <c>id-[id]</c> that finds it. Table <c>alerts</c>: partition <c>a</c>, row
/// <c>[newest first]-[id]</c>. Full reports are blobs <c>reports/[kind]/[id].json</c>.
/// </summary>
internal sealed class MonitoringTable(IEntityTable tables, IBlobStore blobs)
{
    private const string Monitors = "monitors";
    private const string Policies = "policies";
    private const string Retrains = "retrains";
    public const string Reports = "reports";
    private const string Alerts = "alerts";
    private const string AllAlerts = "a";

    /// <summary>Deleted between two calls of who removes them.</summary>
    private const int ReportsPerStep = 100;

    public async Task<MonitorState?> FindPolicyAsync(string model, CancellationToken cancellationToken) =>
        await tables.FindAsync(Monitors, new(Policies, model), cancellationToken) is { } row ? Read<MonitorState>(row) : null;

    public async Task<IReadOnlyList<MonitorState>> ListPoliciesAsync(CancellationToken cancellationToken)
    {
        var states = new List<MonitorState>();
        await foreach (Entity row in tables.ScanAsync(Monitors, Policies, EntityRange.All, cancellationToken))
            states.Add(Read<MonitorState>(row));
        return states;
    }

    public Task UpdatePolicyAsync(string model, Func<MonitorState?, MonitorState?> change, CancellationToken cancellationToken) =>
        tables.UpdateAsync(Monitors, new(Policies, model), row => Change(row, change(row is null ? null : Read<MonitorState>(row)), model), cancellationToken);

    /// <returns>Whether there was one that could go.</returns>
    public async Task<bool> DeletePolicyAsync(string model, Func<MonitorState, bool> may, CancellationToken cancellationToken)
    {
        bool found = false;
        await tables.UpdateAsync(
            Monitors,
            new(Policies, model),
            row =>
            {
                found = row is not null && may(Read<MonitorState>(row));
                return found ? [EntityWrite.Delete(row!.Key, row.ETag!)] : [];
            },
            cancellationToken);
        return found;
    }

    /// <summary>When the last retrain began; null when none did, or when it is the one with this key.</summary>
    public async Task<DateTimeOffset?> LastRetrainAsync(string model, string key, CancellationToken cancellationToken) =>
        await tables.FindAsync(Monitors, new(Retrains, model), cancellationToken) is { } row && row.Text("key") != key ? row.Time("at") : null;

    /// <summary>Takes the one retrain that a cool-down allows; of many callers at once one succeeds, and it does so again when repeated.</summary>
    /// <returns>Null when taken, else when the last one was.</returns>
    public async Task<DateTimeOffset?> ClaimRetrainAsync(string model, string key, DateTimeOffset now, TimeSpan cooldown, CancellationToken cancellationToken)
    {
        DateTimeOffset? last = null;
        await tables.UpdateAsync(
            Monitors,
            new(Retrains, model),
            row =>
            {
                last = null;
                if (row?.Text("key") == key)
                    return [];
                if (row?.Time("at") is { } at && now < at + cooldown)
                {
                    last = at;
                    return [];
                }

                var claim = new Entity(Retrains, model) { ["at"] = now, ["key"] = key };
                return [row is null ? EntityWrite.Insert(claim) : EntityWrite.Replace(claim, row.ETag!)];
            },
            cancellationToken);
        return last;
    }

    /// <summary>Stores a report; the first one of an id stays.</summary>
    public async Task<MonitorReport> SaveReportAsync(FullReport full, CancellationToken cancellationToken)
    {
        MonitorReport report = full.Report;
        if (await FindReportAsync(report.Model, report.Id, cancellationToken) is { } earlier)
            return earlier;
        using var content = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(full, WorkflowJson.Options));
        await blobs.WriteAsync(Reports, BlobPath(report.Kind, report.Id), content, BlobWriteOptions.Default, cancellationToken);
        string time = $"{SortKeys.NewestFirst(report.At)}-{report.Id}";
        Entity row = Row(report.Model, time, report);
        var index = new Entity(report.Model, "id-" + report.Id) { ["row"] = time };
        await tables.WriteAsync(Reports, [EntityWrite.Upsert(row), EntityWrite.Upsert(index)], cancellationToken);
        return report;
    }

    public async Task<MonitorReport?> FindReportAsync(string model, string id, CancellationToken cancellationToken)
    {
        Entity? index = await tables.FindAsync(Reports, new(model, "id-" + id), cancellationToken);
        Entity? row = index is null ? null : await tables.FindAsync(Reports, new(model, index.Text("row")!), cancellationToken);
        return row is null ? null : Read<MonitorReport>(row);
    }

    public async Task<FullReport> ReadFullAsync(MonitorReport report, CancellationToken cancellationToken)
    {
        await using Stream content = await blobs.OpenReadAsync(Reports, BlobPath(report.Kind, report.Id), null, cancellationToken);
        return (await JsonSerializer.DeserializeAsync<FullReport>(content, WorkflowJson.Options, cancellationToken))!;
    }

    public IAsyncEnumerable<MonitorReport> ListReportsAsync(string model, CancellationToken cancellationToken) =>
        ScanAsync<MonitorReport>(Reports, model, new EntityRange(To: "i"), cancellationToken);

    /// <param name="goOn">Called now and then.</param>
    public async Task ForgetAsync(string model, Func<Task> goOn, CancellationToken cancellationToken)
    {
        await tables.RemoveAsync(Monitors, new(Policies, model), cancellationToken);
        await tables.RemoveAsync(Monitors, new(Retrains, model), cancellationToken);
        int seen = 0;
        await foreach (MonitorReport report in ListReportsAsync(model, cancellationToken))
        {
            if (seen++ % ReportsPerStep == 0)
                await goOn();
            await blobs.DeleteAsync(Reports, BlobPath(report.Kind, report.Id), null, cancellationToken);
        }

        await tables.RemoveAllAsync(Reports, model, cancellationToken);
    }

    public Task SaveAlertAsync(Alert alert, CancellationToken cancellationToken) =>
        tables.WriteAsync(Alerts, EntityWrite.Upsert(Row(AllAlerts, $"{SortKeys.NewestFirst(alert.At)}-{alert.Id}", alert)), cancellationToken);

    public IAsyncEnumerable<Alert> ListAlertsAsync(CancellationToken cancellationToken) =>
        ScanAsync<Alert>(Alerts, AllAlerts, EntityRange.All, cancellationToken);

    private async IAsyncEnumerable<T> ScanAsync<T>(
        string table, string partition, EntityRange range, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (Entity row in tables.ScanAsync(table, partition, range, cancellationToken))
            yield return Read<T>(row);
    }

    private static IReadOnlyList<EntityWrite> Change(Entity? row, MonitorState? state, string model)
    {
        if (state is null)
            return [];
        Entity next = Row(Policies, model, state);
        return [row is null ? EntityWrite.Insert(next) : EntityWrite.Replace(next, row.ETag!)];
    }

    public static string BlobPath(ReportKind kind, string id) => $"{(kind == ReportKind.Drift ? "drift" : "performance")}/{id}.json";

    private static Entity Row<T>(string partition, string row, T value) => new(partition, row) { ["doc"] = WorkflowJson.Write(value) };

    private static T Read<T>(Entity row) => WorkflowJson.Read<T>(row.Text("doc")!)!;
}
