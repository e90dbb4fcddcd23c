using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using MlOps.Domain.Monitoring;
using MlOps.Domain.Tests.Monitoring;

namespace MlOps.Domain.Tests;

/// <summary>The main loop counts what it does. Names and units are held against docs/telemetry.md in tests/Architecture.</summary>
public sealed class TelemetryTests
{
    [Fact]
    public async Task MainLoop_FromDataToRetrain_IsCountedAndTraced()
    {
        var counted = new ConcurrentDictionary<string, double>();
        using MeterListener meters = Listen((name, value) => counted.AddOrUpdate(name, value, (_, sum) => sum + value));
        var spans = new ConcurrentBag<string>();
        using var tracer = new ActivityListener
        {
            ShouldListenTo = source => source.Name == Telemetry.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = span => spans.Add(span.DisplayName),
        };
        ActivitySource.AddActivityListener(tracer);

        await using ServedShop shop = await ServedShop.OpenAsync("""
            monitoring:
              drift: { minRows: 100 }
              retrain: { on: drift, data: withFeedback }
            """);
        await shop.SendAsync(300, seed: 77, shift: 40, truth: true);
        MonitorOutcome outcome = await shop.World.Monitors.CheckNowAsync("shop", ReportKind.Drift, default);
        await shop.World.Engine.WaitAsync(outcome.RetrainId!, default);

        string[] expected =
        [
            "mlops.activity.duration", "mlops.alerts", "mlops.checks", "mlops.dataset.versions", "mlops.pipeline.runs", "mlops.prediction.duration",
            "mlops.predictions", "mlops.retrains", "mlops.rollouts", "mlops.workflows",
        ];
        Assert.Equal(expected, expected.Where(name => counted.GetValueOrDefault(name) > 0));
        Assert.Contains("mlops.activity drift-measure", spans);
    }

    private static MeterListener Listen(Action<string, double> record)
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name == Telemetry.Name)
                    self.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => record(instrument.Name, value));
        listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => record(instrument.Name, value));
        listener.Start();
        return listener;
    }
}
