using MlOps.Domain.Workflows;

namespace MlOps.Domain.Monitoring;

/// <summary>Writes the alert's row, under the report's id: once however often it runs.</summary>
internal sealed class RaiseAlertActivity(MonitoringTable table, IReadOnlyList<IAlertSink> sinks) : Activity<MonitorReport, RaisedAlert>
{
    public override string Name => MonitoringSteps.RaiseAlert;

    public override async Task<RaisedAlert> RunAsync(ActivityContext context, MonitorReport input, CancellationToken cancellationToken)
    {
        var alert = new Alert(
            "alert-" + input.Id, input.Model, input.Kind, input.At, input.Summary, input.Id, input.Version, input.Value, input.Limit, input.Drifted);
        await table.SaveAlertAsync(alert, cancellationToken);
        MonitoringMetrics.Alerted(alert);
        MonitorPolicy policy = (await table.FindPolicyAsync(input.Model, cancellationToken))?.Policy ?? new MonitorPolicy { Model = input.Model };
        return new(alert, [.. sinks.Where(s => s.Wants(policy)).Select(s => s.Name)]);
    }
}

/// <summary>Tells one sink. At least once: a crash between the sink's answer and the journal sends it again, under the same id.</summary>
internal sealed class SendAlertActivity(MonitoringTable table, IReadOnlyList<IAlertSink> sinks) : Activity<AlertDelivery, bool>
{
    public override string Name => MonitoringSteps.SendAlert;

    public override async Task<bool> RunAsync(ActivityContext context, AlertDelivery input, CancellationToken cancellationToken)
    {
        IAlertSink? sink = sinks.FirstOrDefault(s => s.Name == input.Sink);
        MonitorPolicy policy = (await table.FindPolicyAsync(input.Alert.Model, cancellationToken))?.Policy ?? new MonitorPolicy { Model = input.Alert.Model };

        // The policy may have changed since the alert was raised.
        if (sink is null || !sink.Wants(policy))
            return false;
        await sink.SendAsync(input.Alert, policy, cancellationToken);
        return true;
    }
}
