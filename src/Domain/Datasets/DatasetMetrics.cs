using System.Diagnostics.Metrics;

namespace MlOps.Domain.Datasets;

internal static class DatasetMetrics
{
    private static readonly Counter<long> Versions = Telemetry.Meter.CreateCounter<long>("mlops.dataset.versions", "{version}", "Data set versions added.");

    public static void Added(string dataset) => Versions.Add(1, new KeyValuePair<string, object?>("dataset", dataset));
}
