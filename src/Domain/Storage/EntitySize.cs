namespace MlOps.Domain.Storage;

/// <summary>How much an entity weighs, as Azure Table Storage counts it against its limits.</summary>
public static class EntitySize
{
    /// <summary>
    /// Bytes against <see cref="EntityLimits.EntityBytes"/>: 4, two a character of both escaped keys, and for each property 8, two a
    /// character of its name, and its value (Azure's published formula for the capacity of an entity).
    /// </summary>
    public static long Of(Entity entity) => Weigh(entity, bytes => bytes.Length + 4L);

    /// <summary>Bytes against <see cref="EntityLimits.BatchBytes"/>: the same, but binary counts as the base64 that is sent.</summary>
    public static long OnTheWire(Entity entity) => Weigh(entity, bytes => (bytes.Length + 2L) / 3 * 4);

    private static long Weigh(Entity entity, Func<byte[], long> binary)
    {
        long bytes = 4 + (2 * (KeyEscape.Escape(entity.Key.Partition).Length + KeyEscape.Escape(entity.Key.Row).Length));
        foreach ((string name, object value) in entity.Properties)
        {
            bytes += 8 + (2 * name.Length) + value switch
            {
                string text => (2L * text.Length) + 4,
                byte[] data => binary(data),
                bool => 1,
                _ => 8,
            };
        }

        return bytes;
    }
}
