using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace MlOps.Domain.EvaluationDatasets;

/// <summary>
/// What tells records of a data set apart: a hash of their inputs as Python tells values apart. The order of names, blanks and escapes mean
/// nothing; 1, 1.0, true and "1" are four values.
/// </summary>
internal static class InputsKey
{
    /// <returns>64 hexadecimal digits.</returns>
    public static string Of(JsonElement inputs)
    {
        using var bytes = new MemoryStream();
        using (var writer = new BinaryWriter(bytes, Encoding.UTF8, leaveOpen: true))
            Write(writer, inputs);
        return Convert.ToHexStringLower(SHA256.HashData(bytes.GetBuffer().AsSpan(0, (int)bytes.Length)));
    }

    private static void Write(BinaryWriter writer, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                WriteObject(writer, value);
                break;
            case JsonValueKind.Array:
                writer.Write('a');
                writer.Write(value.GetArrayLength());
                foreach (JsonElement item in value.EnumerateArray())
                    Write(writer, item);
                break;
            case JsonValueKind.String:
                writer.Write('s');
                writer.Write(value.GetString()!);
                break;
            case JsonValueKind.Number when JsonValues.IsWhole(value):
                writer.Write('i');
                writer.Write(value.GetRawText() is "-0" ? "0" : value.GetRawText());
                break;
            case JsonValueKind.Number:
                writer.Write('d');
                writer.Write(value.GetDouble());
                break;
            default:
                writer.Write(value.ValueKind switch { JsonValueKind.True => 't', JsonValueKind.False => 'f', _ => 'n' });
                break;
        }
    }

    private static void WriteObject(BinaryWriter writer, JsonElement value)
    {
        Dictionary<string, JsonElement> properties = JsonValues.Last(value);
        writer.Write('o');
        writer.Write(properties.Count);
        foreach ((string name, JsonElement property) in properties.OrderBy(p => p.Key, StringComparer.Ordinal))
        {
            writer.Write(name);
            Write(writer, property);
        }
    }
}
