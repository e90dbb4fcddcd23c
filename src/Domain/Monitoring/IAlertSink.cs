namespace MlOps.Domain.Monitoring;

/// <summary>Somewhere alerts are told. Sending the same alert twice must do no harm: delivery is at least once.</summary>
public interface IAlertSink
{
    string Name { get; }

    /// <summary>Whether a model's alerts go here under its policy.</summary>
    bool Wants(MonitorPolicy policy);

    /// <exception cref="MlOpsException">Unavailable: worth another attempt; any other kind: not.</exception>
    Task SendAsync(Alert alert, MonitorPolicy policy, CancellationToken cancellationToken);
}
