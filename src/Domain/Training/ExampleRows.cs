using System.Text.Json;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Training;

/// <summary>
/// Some rows that a model learned from, spread evenly over the table, in the artifact <c>model/example.json</c> of its run: a JSON array of
/// records as a request brings them, features only, missing values as null. Serving replays them before the model takes traffic.
/// </summary>
public static class ExampleRows
{
    public const string Path = "model/example.json";

    /// <summary>Rows that are kept.</summary>
    public const int Most = 16;

    /// <summary>Those that are kept of so many.</summary>
    public static int[] Of(int[] rows)
    {
        int count = Math.Min(Most, rows.Length);
        return [.. Enumerable.Range(0, count).Select(i => rows[(int)((long)i * rows.Length / count)])];
    }

    public static MemoryStream Write(Table rows, ModelSignature signature)
    {
        var bytes = new MemoryStream();
        using var json = new Utf8JsonWriter(bytes);
        json.WriteStartArray();
        foreach (int row in Of([.. Enumerable.Range(0, rows.RowCount)]))
            Write(json, rows, signature, row);
        json.WriteEndArray();
        json.Flush();
        bytes.Position = 0;
        return bytes;
    }

    private static void Write(Utf8JsonWriter json, Table rows, ModelSignature signature, int row)
    {
        json.WriteStartObject();
        foreach (FeatureSignature feature in signature.Inputs)
        {
            json.WritePropertyName(feature.Name);
            WriteValue(json, rows[feature.Name], row);
        }

        json.WriteEndObject();
    }

    private static void WriteValue(Utf8JsonWriter json, Column column, int row)
    {
        switch (column)
        {
            case var missing when missing.IsMissing(row):
                json.WriteNullValue();
                break;
            case NumberColumn number:
                json.WriteNumberValue(number.Values[row]);
                break;
            case BooleanColumn flag:
                json.WriteBooleanValue(flag.Values[row] == 1);
                break;
            default:
                json.WriteStringValue(column.Format(row));
                break;
        }
    }
}
