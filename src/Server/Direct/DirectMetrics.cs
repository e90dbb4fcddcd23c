using System.Diagnostics.Metrics;
using MlOps.Domain;

namespace MlOps.Server.Direct;

/// <summary>What is counted of requests that are answered ahead of routing.</summary>
internal static class DirectMetrics
{
    private static readonly Counter<long> Requests = new Meter(Telemetry.Name).CreateCounter<long>("mlops.requests.direct", "{request}", "Requests answered ahead of routing.");

    /// <param name="onPool">Whether a thread of the pool answered, as all do where sockets have no thread of their own that may.</param>
    public static void Answered(bool onPool)
    {
        if (Requests.Enabled)
            Requests.Add(1, new KeyValuePair<string, object?>("thread", onPool ? "pool" : "sockets"));
    }
}
