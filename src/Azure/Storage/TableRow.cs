using Azure;
using Azure.Data.Tables;
using MlOps.Domain.Storage;

namespace MlOps.Azure.Storage;

/// <summary>
/// An entity as the service keeps it. Two things are ours: a mark on every written row, that says which write it came from, and
/// doubles that do not survive JSON (NaN, infinities, -0, and whole numbers that come back as integers) kept bit by bit in a Guid,
/// a type that entities have no other use for.
/// </summary>
internal static class TableRow
{
    /// <summary>The property of the mark; no entity may have one of this name.</summary>
    public const string Mark = "mlops_write";

    private const int MarkBytes = 8 + (2 * 11) + 16;
    private const long DoubleBits = 0x6d6c6f7073626974;

    /// <summary>The row, or null when there is none, or no such table.</summary>
    public static async Task<TableEntity?> FindAsync(TableClient client, EntityKey key, CancellationToken cancellationToken)
    {
        NullableResponse<TableEntity> found = await client.GetEntityIfExistsAsync<TableEntity>(
            KeyEscape.Escape(key.Partition), KeyEscape.Escape(key.Row), cancellationToken: cancellationToken);
        return found.HasValue ? found.Value : null;
    }

    /// <summary>The row of a write, with the mark where there is room for it.</summary>
    public static TableEntity Of(EntityWrite write, Guid mark)
    {
        Entity entity = write.Entity;
        var row = new TableEntity(KeyEscape.Escape(entity.Key.Partition), KeyEscape.Escape(entity.Key.Row));
        if (write.Operation == EntityOperation.Delete)
            return row;
        foreach ((string name, object value) in entity.Properties)
            row[name] = name == Mark ? throw new ArgumentException($"'{Mark}' is a property of the store") : value is double number ? Kept(number) : value;
        if (entity.Properties.Count < EntityLimits.Properties && EntitySize.Of(entity) + MarkBytes <= EntityLimits.EntityBytes)
            row[Mark] = mark;
        return row;
    }

    public static Entity ToEntity(TableEntity row)
    {
        var entity = new Entity(KeyEscape.Unescape(row.PartitionKey), KeyEscape.Unescape(row.RowKey))
        {
            ETag = row.ETag.ToString(),
            Timestamp = row.Timestamp ?? default,
        };
        foreach ((string name, object value) in row)
        {
            if (name is not ("PartitionKey" or "RowKey" or "Timestamp" or Mark) && !name.StartsWith("odata.", StringComparison.Ordinal))
                entity[name] = Given(value);
        }

        return entity;
    }

    private static object Kept(double number)
    {
        bool whole = double.IsInteger(number) && (Math.Abs(number) > int.MaxValue || double.IsNegative(number) && number == 0);
        return whole || !double.IsFinite(number) ? Bits(number) : number;
    }

    private static object Given(object value) => value switch
    {
        // Entities hold no 32-bit integers: this was a double without a fraction.
        int whole => (double)whole,
        Guid bits => Number(bits),
        _ => value,
    };

    private static Guid Bits(double number)
    {
        Span<byte> bytes = stackalloc byte[16];
        BitConverter.TryWriteBytes(bytes, DoubleBits);
        BitConverter.TryWriteBytes(bytes[8..], number);
        return new Guid(bytes);
    }

    private static double Number(Guid bits)
    {
        Span<byte> bytes = stackalloc byte[16];
        bits.TryWriteBytes(bytes);
        return BitConverter.ToDouble(bytes[8..]);
    }
}
