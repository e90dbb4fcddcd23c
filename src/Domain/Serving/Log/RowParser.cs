using System.Text.Json;

namespace MlOps.Domain.Serving.Log;

/// <summary>Reads lines of the log whole. The features of a segment's rows have mostly the same names in the same order, so a name is made once.</summary>
internal sealed class RowParser
{
    private readonly List<string> _names = [];
    private readonly List<string> _redacted = [];
    private readonly List<double> _scores = [];

    /// <param name="head">Of the same line.</param>
    /// <exception cref="JsonException">The line is not well-formed, or lacks something.</exception>
    public LoggedPrediction Read(ReadOnlySpan<byte> line, RowHead head)
    {
        _redacted.Clear();
        _scores.Clear();
        (Dictionary<string, object>? features, string? prediction, double sample) = (null, null, 1);
        var reader = new Utf8JsonReader(line);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (Next(ref reader, "features"u8))
                features = Features(ref reader);
            else if (Next(ref reader, "prediction"u8))
                prediction = reader.GetString();
            else if (Next(ref reader, "scores"u8))
                Items(ref reader, _scores, static (ref Utf8JsonReader item) => item.GetDouble());
            else if (Next(ref reader, "sample"u8))
                sample = reader.GetDouble();
            else if (Next(ref reader, "redacted"u8))
                Items(ref reader, _redacted, static (ref Utf8JsonReader item) => item.GetString()!);
            else
                reader.Skip();
        }

        return features is null || prediction is null || _scores.Count == 0
            ? throw new JsonException("a row has features, prediction and scores")
            : new LoggedPrediction(head.RequestId, head.Row, head.Time, head.Version, features, prediction, _scores.ToArray()) { Sample = sample, Redacted = _redacted.ToArray(), Arrival = head.Arrival };
    }

    private Dictionary<string, object> Features(ref Utf8JsonReader reader)
    {
        var features = new Dictionary<string, object>(_names.Count, StringComparer.Ordinal);
        for (int i = 0; reader.Read() && reader.TokenType == JsonTokenType.PropertyName; i++)
        {
            string name = Name(ref reader, i);
            reader.Read();
            features[name] = ValueOf(ref reader);
        }

        return features;
    }

    private string Name(ref Utf8JsonReader reader, int index)
    {
        if (index < _names.Count && reader.ValueTextEquals(_names[index]))
            return _names[index];
        string name = reader.GetString()!;
        if (index < _names.Count)
            _names[index] = name;
        else
            _names.Add(name);
        return name;
    }

    private static object ValueOf(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.Number => reader.GetDouble(),
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        _ => reader.GetString()!,
    };

    private static void Items<T>(ref Utf8JsonReader reader, List<T> into, ItemReader<T> read)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            into.Add(read(ref reader));
    }

    private static bool Next(ref Utf8JsonReader reader, ReadOnlySpan<byte> name) => reader.ValueTextEquals(name) && reader.Read();

    private delegate T ItemReader<T>(ref Utf8JsonReader item);
}
