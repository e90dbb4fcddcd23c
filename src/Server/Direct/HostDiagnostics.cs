using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Diagnostics.Tracing;

namespace MlOps.Server.Direct;

/// <summary>
/// Whether somebody listens to what ASP.NET Core says of requests that its host and its routing have seen: their meters, the host's activities
/// and events. Kestrel counts its connections and requests whoever answers them.
/// </summary>
internal sealed class HostDiagnostics : IDisposable
{
    private const string Host = "Microsoft.AspNetCore.Hosting";
    private const string Routing = "Microsoft.AspNetCore.Routing";

    private readonly ActivitySource _activities;
    private readonly DiagnosticListener _listener;
    private readonly MeterListener _published = new();
    private readonly Lazy<EventSource?> _events = new(() => EventSource.GetSources().FirstOrDefault(s => s.Name == Host));
    private Instrument[] _instruments = [];

    public HostDiagnostics(IMeterFactory meters, ActivitySource activities, DiagnosticListener listener)
    {
        (_activities, _listener) = (activities, listener);
        // Told of each instrument once, one after the other; it listens to none of them.
        _published.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter.Name is Host or Routing && instrument.Meter.Scope == meters)
                _instruments = [.. _instruments, instrument];
        };
        _published.Start();
    }

    public bool AreOn => AnyInstrument() || _activities.HasListeners() || _listener.IsEnabled() || _events.Value?.IsEnabled() == true;

    public void Dispose() => _published.Dispose();

    private bool AnyInstrument()
    {
        foreach (Instrument instrument in _instruments)
        {
            if (instrument.Enabled)
                return true;
        }

        return false;
    }
}
