using System.Text.RegularExpressions;

namespace MlOps.Domain.Storage;

/// <summary>The checks that every adapter of <see cref="IEntityTable"/> makes before it touches its store, so that all refuse alike.</summary>
public static partial class EntityChecks
{
    /// <summary>Azure keeps times from here on.</summary>
    private static readonly DateTimeOffset EarliestTime = new(1601, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <exception cref="MlOpsException">Invalid <c>entity-invalid</c>.</exception>
    public static void Table(string table)
    {
        if (!TableName().IsMatch(table))
            throw Invalid($"'{table}' is no table name: a letter, then 2 to 62 letters or digits");
    }

    /// <exception cref="MlOpsException">Invalid <c>entity-invalid</c> or TooLarge <c>entity-too-large</c>.</exception>
    public static void Key(EntityKey key)
    {
        KeyPart("partition key", key.Partition);
        KeyPart("row key", key.Row);
    }

    /// <summary>Checks a batch as a whole and each write in it, without the result of merges (see <see cref="Stored"/>).</summary>
    /// <exception cref="MlOpsException">
    /// Invalid <c>entity-invalid</c>, TooLarge <c>entity-too-large</c> or <c>batch-too-large</c>.
    /// </exception>
    public static void Writes(string table, IReadOnlyList<EntityWrite> writes)
    {
        Table(table);
        ArgumentOutOfRangeException.ThrowIfZero(writes.Count);
        if (writes.Count > EntityLimits.BatchEntities)
            throw MlOpsException.TooLarge("batch-too-large", $"a batch of {writes.Count} writes to '{table}': at most {EntityLimits.BatchEntities}; split it");
        if (writes.Count == 1)
        {
            Write(table, writes[0]);
            return;
        }

        var rows = new HashSet<string>(writes.Count, StringComparer.Ordinal);
        long bytes = 0;
        foreach (EntityWrite write in writes)
        {
            Write(table, write);
            Together(table, writes[0].Entity.Key, write.Entity.Key, rows);
            bytes += EntitySize.OnTheWire(write.Entity);
        }

        if (bytes > EntityLimits.BatchBytes)
            throw MlOpsException.TooLarge("batch-too-large", $"a batch to '{table}' takes {bytes:N0} bytes: at most {EntityLimits.BatchBytes:N0}; split it");
    }

    /// <summary>What a row would hold after a write: its size and number of properties.</summary>
    /// <exception cref="MlOpsException">TooLarge <c>entity-too-large</c>.</exception>
    public static void Stored(string table, Entity entity)
    {
        if (entity.Properties.Count > EntityLimits.Properties)
            throw TooLarge($"{entity.Key} of '{table}' has {entity.Properties.Count} properties: at most {EntityLimits.Properties}");
        long bytes = EntitySize.Of(entity);
        if (bytes > EntityLimits.EntityBytes)
            throw TooLarge($"{entity.Key} of '{table}' takes {bytes:N0} bytes: at most {EntityLimits.EntityBytes:N0}; put the bulk into a blob");
    }

    /// <exception cref="MlOpsException">Invalid <c>entity-invalid</c>.</exception>
    public static void Query(string table, string partition, EntityRange range)
    {
        Table(table);
        KeyPart("partition key", partition);
        ArgumentOutOfRangeException.ThrowIfNotEqual(range.Limit is >= 1 and <= EntityLimits.PageRows, true, nameof(range));
    }

    private static void Write(string table, EntityWrite write)
    {
        bool conditional = write.Operation is EntityOperation.Replace or EntityOperation.Merge or EntityOperation.Delete;
        if (conditional != write.IfMatch is { Length: > 0 })
            throw new ArgumentException($"{write.Operation} of {write.Entity.Key}: Replace, Merge and Delete need an ETag or \"*\", the others take none");
        Key(write.Entity.Key);
        foreach ((string name, object value) in write.Entity.Properties)
        {
            PropertyName(write.Entity.Key, name);
            PropertyValue(write.Entity.Key, name, value);
        }

        Stored(table, write.Entity);
    }

    private static void Together(string table, EntityKey first, EntityKey key, HashSet<string> rows)
    {
        if (key.Partition != first.Partition)
            throw Invalid($"a batch to '{table}' mixes the partitions '{first.Partition}' and '{key.Partition}': one partition a batch");
        if (!rows.Add(key.Row))
            throw Invalid($"a batch to '{table}' writes {key} twice: each key once");
    }

    private static void KeyPart(string what, string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        int bytes = sizeof(char) * KeyEscape.Escape(key).Length;
        if (bytes > EntityLimits.KeyBytes)
            throw TooLarge($"the {what} '{key[..Math.Min(40, key.Length)]}...' takes {bytes:N0} bytes when escaped: at most {EntityLimits.KeyBytes:N0}");
    }

    private static void PropertyName(EntityKey key, string name)
    {
        if (!Identifier().IsMatch(name) || name is "PartitionKey" or "RowKey" or "Timestamp")
        {
            throw Invalid($"'{name}' of {key} is no property name: a letter or '_', then letters, digits or '_', at most "
                + $"{EntityLimits.PropertyNameChars} in all, and not PartitionKey, RowKey or Timestamp");
        }
    }

    private static void PropertyValue(EntityKey key, string name, object value)
    {
        if (value is string text && Unpaired(text) is >= 0 and int at)
            throw Invalid($"'{name}' of {key} is no Unicode text: an unpaired surrogate at {at}");
        if (value is DateTimeOffset time && time < EarliestTime)
            throw Invalid($"'{name}' of {key} is {time:O}: a table holds times from 1601 on");
        int bytes = value switch { string s => sizeof(char) * s.Length, byte[] b => b.Length, _ => 0 };
        if (bytes > EntityLimits.PropertyBytes)
            throw TooLarge($"'{name}' of {key} takes {bytes:N0} bytes: at most {EntityLimits.PropertyBytes:N0} (text counts 2 a character); put it into a blob");
    }

    internal static int Unpaired(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
                continue;
            if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[i + 1]))
                return i;
            i++;
        }

        return -1;
    }

    private static MlOpsException Invalid(string message) => MlOpsException.Invalid("entity-invalid", message);

    private static MlOpsException TooLarge(string message) => MlOpsException.TooLarge("entity-too-large", message);

    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9]{2,62}\z")]
    private static partial Regex TableName();

    [GeneratedRegex(@"^[A-Za-z_][A-Za-z0-9_]{0,254}\z")]
    private static partial Regex Identifier();
}
