using System.Text.Json;
using MlOps.Domain.Serving.Units;

namespace MlOps.Domain.Serving.Log;

/// <summary>What stands at the front of a line of the log: enough to tell whether the row is wanted, at a tenth of what the whole line costs.</summary>
public readonly record struct RowHead(string RequestId, int Row, DateTimeOffset Time, int Version)
{
    private const int All = 4;

    public ulong Key => RowKey.Of(RequestId, Row);

    internal Arrival Arrival { get; init; }

    /// <exception cref="JsonException">The line is not well-formed, or lacks one of them.</exception>
    public static RowHead Parse(ReadOnlySpan<byte> line)
    {
        var reader = new Utf8JsonReader(line);
        (string? id, int row, DateTime at, int version) = (null, 0, default, 0);
        int found = 0;
        reader.Read();
        while (found < All && reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            found++;
            if (Next(ref reader, "id"u8))
                id = reader.GetString();
            else if (Next(ref reader, "row"u8))
                row = reader.GetInt32();
            else if (Next(ref reader, "at"u8))
                at = reader.GetDateTime();
            else if (Next(ref reader, "version"u8))
                version = reader.GetInt32();
            else
            {
                found--;
                reader.Skip();
            }
        }

        return found == All && id is not null
            ? new(id, row, new DateTimeOffset(DateTime.SpecifyKind(at, DateTimeKind.Utc)), version) { Arrival = ArrivalOf(ref reader) }
            : throw new JsonException("a row has id, row, at and version");
    }

    /// <summary>What stands behind the version, before the features.</summary>
    private static Arrival ArrivalOf(ref Utf8JsonReader reader)
    {
        Arrival arrival = default;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (Next(ref reader, "unit"u8))
                arrival = arrival with { UnitCluster = reader.GetInt32() + 1 };
            else if (Next(ref reader, "named"u8))
                arrival = arrival with { IsNamed = reader.GetBoolean() };
            else if (Next(ref reader, "draw"u8))
                arrival = arrival with { Draw = reader.GetUInt64() };
            else
                return arrival;
        }

        return arrival;
    }

    private static bool Next(ref Utf8JsonReader reader, ReadOnlySpan<byte> name) => reader.ValueTextEquals(name) && reader.Read();
}
