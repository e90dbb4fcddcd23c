namespace MlOps.Domain.Storage;

/// <summary>Address of an entity inside a table. Any text is allowed in both parts, also empty; <see cref="KeyEscape"/> makes it storable.</summary>
public readonly record struct EntityKey(string Partition, string Row)
{
    public override string ToString() => $"{Partition}/{Row}";
}

/// <summary>
/// One row: a key, a flat bag of properties and, when it was read, its ETag and time of last change.
/// Property values are <see cref="string"/>, <see cref="long"/>, <see cref="double"/>, <see cref="bool"/>,
/// <see cref="DateTimeOffset"/> (kept in UTC, to the tick) or <c>byte[]</c>; a null is the same as no property.
/// </summary>
public sealed class Entity(string partition, string row)
{
    private readonly Dictionary<string, object> _properties = new(StringComparer.Ordinal);

    public EntityKey Key { get; } = new(partition, row);

    /// <summary>Opaque version of the stored row; null on an entity that was not read from a store.</summary>
    public string? ETag { get; init; }

    /// <summary>When the store last changed the row (UTC); default on an entity that was not read.</summary>
    public DateTimeOffset Timestamp { get; init; }

    public IReadOnlyDictionary<string, object> Properties => _properties;

    /// <summary>Sets, or with null removes, a property.</summary>
    /// <exception cref="ArgumentException">The value is of a type that a table cannot hold.</exception>
    public object? this[string name]
    {
        get => _properties.GetValueOrDefault(name);
        set
        {
            if (value is null)
                _properties.Remove(name);
            else
                _properties[name] = Normalise(name, value);
        }
    }

    public string? Text(string name) => this[name] as string;

    public long? Int(string name) => this[name] as long?;

    public double? Real(string name) => this[name] as double?;

    public bool? Flag(string name) => this[name] as bool?;

    public DateTimeOffset? Time(string name) => this[name] as DateTimeOffset?;

    public byte[]? Bytes(string name) => this[name] as byte[];

    private static object Normalise(string name, object value) => value switch
    {
        string or long or double or bool or byte[] => value,
        int i => (long)i,
        DateTimeOffset t => t.ToUniversalTime(),
        _ => throw new ArgumentException($"property '{name}' is a {value.GetType().Name}; a table holds string, long, double, bool, DateTimeOffset and byte[]"),
    };
}
