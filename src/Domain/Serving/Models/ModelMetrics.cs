using System.Diagnostics.Metrics;
using MlOps.Domain.Registry;

namespace MlOps.Domain.Serving.Models;

/// <summary>What is counted of loaded models.</summary>
internal static class ModelMetrics
{
    private static readonly UpDownCounter<long> Models = Telemetry.Meter.CreateUpDownCounter<long>("mlops.models.loaded", "{model}", "Models in memory.");

    private static readonly UpDownCounter<long> Bytes = Telemetry.Meter.CreateUpDownCounter<long>("mlops.models.memory", "By", "What models in memory hold, with what is set aside for those being loaded.");

    private static readonly Histogram<double> Loads = Telemetry.Meter.CreateHistogram<double>("mlops.model.load.duration", "s", "Loads of models, with the replay of their example rows.");

    private static readonly Counter<long> Evictions = Telemetry.Meter.CreateCounter<long>("mlops.model.evictions", "{model}", "Models that went from memory: for others, idle, or unloaded by somebody.");

    public static void Held(int models) => Models.Add(models);

    public static void Memory(long bytes) => Bytes.Add(bytes);

    public static void Load(ModelVersion version, string outcome, TimeSpan took) => Loads.Record(took.TotalSeconds, new("model", version.Model), new("outcome", outcome));

    public static void Evicted(ModelSlot slot) => Evictions.Add(1, new KeyValuePair<string, object?>("model", slot.Versions[0].Model));
}
