using System.Globalization;
using System.Text.Json.Nodes;

namespace MlOps.Cli.Moving.Traces;

/// <summary>Makes a trace as MLflow 3 has it on the wire of what rows, and version 2, say of it.</summary>
internal static class TraceFields
{
    /// <param name="start">Unix milliseconds.</param>
    /// <param name="duration">Milliseconds; null while it is in progress.</param>
    public static MovedTrace Of(
        string id, long start, long? duration, string? status, IReadOnlyList<KeyValuePair<string, string>> metadata, IReadOnlyList<KeyValuePair<string, string>> tags)
    {
        var info = new JsonObject
        {
            ["trace_id"] = id,
            ["request_time"] = Time(start),
            ["state"] = status is null or "TRACE_STATUS_UNSPECIFIED" or "UNSPECIFIED" ? "STATE_UNSPECIFIED" : status,
            ["trace_metadata"] = Map(metadata),
            ["tags"] = Map(tags),
        };
        if (duration is { } milliseconds)
            info["execution_duration"] = string.Create(CultureInfo.InvariantCulture, $"{milliseconds / 1000m:0.###}s");
        return new MovedTrace(id, info);
    }

    /// <summary>As RFC 3339 has it.</summary>
    public static string Time(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static JsonObject Map(IReadOnlyList<KeyValuePair<string, string>> pairs)
    {
        var map = new JsonObject();
        foreach ((string key, string value) in pairs)
            map[key] = value;
        return map;
    }
}
