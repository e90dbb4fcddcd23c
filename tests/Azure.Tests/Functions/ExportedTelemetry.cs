using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace MlOps.Azure.Tests.Functions;

/// <summary>Names of the metrics and spans that leave the app, where those for Azure Monitor would.</summary>
internal sealed class ExportedTelemetry
{
    private readonly ConcurrentQueue<string> _metrics = new();
    private readonly ConcurrentQueue<string> _spans = new();

    public IReadOnlyCollection<string> Metrics => _metrics;

    public IReadOnlyCollection<string> Spans => _spans;

    public void AddTo(FunctionsApplicationBuilder builder)
    {
        builder.Services.ConfigureOpenTelemetryMeterProvider(metrics => metrics.AddReader(new BaseExportingMetricReader(new Kept<Metric>(m => _metrics.Enqueue(m.Name)))));
        builder.Services.ConfigureOpenTelemetryTracerProvider(
            spans => spans.AddProcessor(new SimpleActivityExportProcessor(new Kept<Activity>(s => _spans.Enqueue(s.DisplayName)))));
    }

    public void Flush(IServiceProvider app)
    {
        Assert.True(app.GetRequiredService<MeterProvider>().ForceFlush());
        Assert.True(app.GetRequiredService<TracerProvider>().ForceFlush());
    }

    private sealed class Kept<T>(Action<T> keep) : BaseExporter<T>
        where T : class
    {
        public override ExportResult Export(in Batch<T> batch)
        {
            foreach (T item in batch)
                keep(item);
            return ExportResult.Success;
        }
    }
}
