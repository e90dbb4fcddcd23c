using MlOps.Domain.Storage;

namespace MlOps.Embedded.Storage;

/// <summary>A write with all that can be made ready on the caller's thread, so that the one writer has less to do.</summary>
internal sealed class RowWrite(string table, EntityWrite write)
{
    public string Table => table;

    public EntityWrite Write => write;

    public RowAddress Address { get; } = new(table, write.Entity.Key);

    /// <summary>The row as it will be stored; null where that depends on what is there.</summary>
    public byte[]? Body { get; } = write.Operation is EntityOperation.Insert or EntityOperation.Upsert or EntityOperation.Replace
        ? EntityCodec.Encode(write.Entity.Properties)
        : null;
}
