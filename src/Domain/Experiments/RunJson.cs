using System.Text.Json;
using System.Text.Json.Serialization;

namespace MlOps.Domain.Experiments;

/// <summary>Params and tags, in ordinal order from the first: to sort them as their language has it and then again would take most of the time that reading a run takes.</summary>
internal sealed class TextsJson : JsonConverter<SortedDictionary<string, string>>
{
    public override SortedDictionary<string, string> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var texts = new SortedDictionary<string, string>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            reader.Read();
            texts[name] = reader.GetString()!;
        }

        return texts;
    }

    public override void Write(Utf8JsonWriter writer, SortedDictionary<string, string> value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        foreach ((string name, string text) in value)
            writer.WriteString(name, text);
        writer.WriteEndObject();
    }
}

/// <summary>Latest values by name, each <c>{"v": value, "s": step, "t": milliseconds}</c>; what JSON has no number for is a text.</summary>
internal sealed class LatestMetricsJson : JsonConverter<NamedValues<LatestMetric>>
{
    public override NamedValues<LatestMetric> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var metrics = new NamedValues<LatestMetric>();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            metrics[name] = One(ref reader);
        }

        return metrics;
    }

    public override void Write(Utf8JsonWriter writer, NamedValues<LatestMetric> value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        foreach ((string name, LatestMetric metric) in value)
        {
            writer.WriteStartObject(name);
            if (double.IsFinite(metric.V))
                writer.WriteNumber("v"u8, metric.V);
            else
                writer.WriteString("v"u8, double.IsNaN(metric.V) ? "NaN"u8 : metric.V > 0 ? "Infinity"u8 : "-Infinity"u8);
            writer.WriteNumber("s"u8, metric.S);
            writer.WriteNumber("t"u8, metric.T);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    /// <summary>The value that the reader stands before.</summary>
    public static double Number(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.TokenType == JsonTokenType.Number ? reader.GetDouble() : reader.GetString() switch
        {
            "Infinity" => double.PositiveInfinity,
            "-Infinity" => double.NegativeInfinity,
            _ => double.NaN,
        };
    }

    private static LatestMetric One(ref Utf8JsonReader reader)
    {
        var metric = default(LatestMetric);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("v"u8))
                metric = metric with { V = Number(ref reader) };
            else if (reader.ValueTextEquals("s"u8))
                metric = metric with { S = Long(ref reader) };
            else
                metric = metric with { T = Long(ref reader) };
        }

        return metric;
    }

    private static long Long(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.GetInt64();
    }
}
