namespace MlOps.Domain.Storage;

/// <summary>
/// Documents longer than a row may be. Such a one is cut (<see cref="CutDocument"/>); pieces that do not fit into its row are <b>parts</b>,
/// rows of a table of their own, partition the document's id. Parts are written before the row that names them, never changed, and named
/// anew for each version, so the row alone decides what the document is. Parts that nothing names, of writers that were broken off, go
/// with the document, or before (<see cref="UnnamedAsync"/>).
/// </summary>
/// <param name="table">Where the documents' rows are; the parts are in <c>[table]Parts</c>.</param>
public sealed class DocumentParts(IEntityTable tables, string table)
{
    /// <summary>Well below the limit of a batch, and a few megabytes when they are read.</summary>
    private const int RowsAtOnce = 8;

    /// <summary>A row that is replaced each time it is read, with what it named gone, has a writer that never rests.</summary>
    private const int Looks = 100;

    private const string Property = "part";
    private const string Own = "doc";

    private readonly string _parts = table + "Parts";

    /// <summary>Sets what the row itself holds: properties <c>doc</c>, <c>doc1</c>, ... and <c>parts</c>, <c>parts1</c>, ...; at most 960 KiB and, of one that is cut, 700 KiB.</summary>
    public static void Set(Entity row, CutDocument document)
    {
        row.SetLarge(Own, document.Own.Span);
        document.Pieces.Write(row);
    }

    /// <summary>Writes parts of a document; those that are there already are the same. To be done before the row that names them is written.</summary>
    /// <param name="id">Of the document: 1 to 1,024 bytes as a key (<see cref="EntityLimits.KeyBytes"/>).</param>
    public async Task WriteAsync(string id, IReadOnlyList<(string Name, ReadOnlyMemory<byte> Bytes)> parts, CancellationToken cancellationToken)
    {
        foreach ((string Name, ReadOnlyMemory<byte> Bytes)[] some in parts.Chunk(RowsAtOnce))
            await tables.WriteAsync(_parts, [.. some.Select(part => EntityWrite.Upsert(Row(id, part.Name, part.Bytes.Span)))], cancellationToken);
    }

    /// <summary>The document of a row, and the row, read again where it was replaced and a part of the older one is gone; null when there is none.</summary>
    /// <exception cref="MlOpsException">Unavailable <c>document-busy</c>.</exception>
    public ValueTask<(Entity Row, byte[] Document)?> ReadAsync(Entity? row, string id, CancellationToken cancellationToken) =>
        row is null ? default
        : PieceList.Read(row) is { Pieces: { Count: > 0 } pieces } ? ReadAsync(row, pieces, id, cancellationToken)
        : new((row, row.Large(Own)!));

    /// <summary>How a row's document begins: all of one that is not cut, else its first piece. Null when that is gone, since the row was replaced meanwhile.</summary>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadHeadAsync(Entity row, string id, CancellationToken cancellationToken)
    {
        IReadOnlyList<Piece> pieces = PieceList.Read(row).Pieces;
        if (pieces.Count == 0 || pieces[0].Part is not { } part)
            return pieces.Count == 0 ? row.Large(Own)! : row.Large(Own).AsMemory(0, pieces[0].Bytes);
        if (await tables.FindAsync(_parts, new EntityKey(id, part), cancellationToken) is not { } stored)
            return null;
        return stored.Large(Property)!;
    }

    /// <summary>Removes parts; those that are not there are fine.</summary>
    public async Task RemoveAsync(string id, IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        foreach (string[] some in names.Chunk(EntityLimits.BatchEntities))
        {
            try
            {
                await tables.WriteAsync(_parts, [.. some.Select(name => EntityWrite.Delete(new EntityKey(id, name)))], cancellationToken);
            }
            catch (MlOpsException e) when (e.Code == "entity-missing")
            {
                foreach (string name in some)
                    await tables.RemoveAsync(_parts, new EntityKey(id, name), cancellationToken);
            }
        }
    }

    /// <summary>Removes all that was written of a document.</summary>
    public async Task RemoveAllAsync(string id, CancellationToken cancellationToken)
    {
        var some = new EntityRange(Limit: RowsAtOnce);
        while ((await tables.QueryAsync(_parts, id, some, cancellationToken)).Entities is { Count: > 0 } rows)
            await RemoveAsync(id, [.. rows.Select(row => row.Key.Row)], cancellationToken);
    }

    /// <summary>Parts of a document that its row does not name, written before a time: of writers that were broken off, and of what the row, as old, no longer needs.</summary>
    /// <param name="row">Where the document is.</param>
    public async Task<IReadOnlyList<StoredPart>> UnnamedAsync(string id, EntityKey row, DateTimeOffset before, CancellationToken cancellationToken)
    {
        var old = new List<StoredPart>();
        await foreach (Entity part in tables.ScanAsync(_parts, id, new EntityRange(Limit: RowsAtOnce), cancellationToken))
        {
            if (part.Timestamp < before)
                old.Add(new StoredPart(part.Key, part.ETag!, EntitySize.Of(part)));
        }

        // Read behind them: who names one of them now has written it again, and later, or had written the row before.
        if (old.Count == 0 || await tables.FindAsync(table, row, cancellationToken) is not { } now)
            return [];
        var pieces = PieceList.Read(now);
        HashSet<string> needed = [.. pieces.Parts, .. now.Timestamp < before ? [] : pieces.Dropped.Select(d => d.Name)];
        return [.. old.Where(part => !needed.Contains(part.Key.Row))];
    }

    /// <summary>Removes parts that were found so; one that was written again since stays.</summary>
    public async Task RemoveAsync(IReadOnlyList<StoredPart> found, CancellationToken cancellationToken)
    {
        foreach (StoredPart part in found)
        {
            try
            {
                await tables.WriteAsync(_parts, EntityWrite.Delete(part.Key, part.ETag), cancellationToken);
            }
            catch (MlOpsException e) when (e.Code is "entity-missing" or "entity-changed")
            {
            }
        }
    }

    /// <summary>Bytes of all that was written of a document.</summary>
    public async Task<long> BytesAsync(string id, CancellationToken cancellationToken)
    {
        long bytes = 0;
        await foreach (Entity row in tables.ScanAsync(_parts, id, new EntityRange(Limit: RowsAtOnce), cancellationToken))
            bytes += EntitySize.Of(row);
        return bytes;
    }

    private async ValueTask<(Entity Row, byte[] Document)?> ReadAsync(Entity? row, IReadOnlyList<Piece> pieces, string id, CancellationToken cancellationToken)
    {
        for (int look = 1; row is not null; look++)
        {
            if (await JoinAsync(row.Large(Own)!, pieces, id, cancellationToken) is { } document)
                return (row, document);
            Entity? now = await tables.FindAsync(table, row.Key, cancellationToken);
            if (now?.ETag == row.ETag || look == Looks)
                throw MlOpsException.Unavailable("document-busy", $"'{id}' in table '{table}' could not be read as a whole: {(look == Looks ? "it is written over and over; try again" : "a part of it is gone; restore the store from a backup")}");
            (row, pieces) = (now, now is null ? [] : PieceList.Read(now).Pieces);
        }

        return null;
    }

    private async ValueTask<byte[]?> JoinAsync(byte[] own, IReadOnlyList<Piece> pieces, string id, CancellationToken cancellationToken)
    {
        if (pieces.Count == 0)
            return own;
        byte[] whole = new byte[pieces.Sum(p => p.Bytes)];
        (int at, int ownAt) = (0, 0);
        foreach (Piece[] some in pieces.Chunk(RowsAtOnce))
        {
            Entity?[] rows = await Task.WhenAll(some.Select(piece => piece.Part is { } part ? tables.FindAsync(_parts, new EntityKey(id, part), cancellationToken) : Task.FromResult<Entity?>(null)));
            for (int i = 0; i < some.Length; i++)
            {
                ReadOnlySpan<byte> bytes = some[i].Part is null ? own.AsSpan(ownAt, some[i].Bytes) : rows[i]?.Large(Property);
                if (bytes.IsEmpty)
                    return null;
                ownAt += some[i].Part is null ? bytes.Length : 0;
                bytes.CopyTo(whole.AsSpan(at));
                at += bytes.Length;
            }
        }

        return whole;
    }

    private static Entity Row(string id, string name, ReadOnlySpan<byte> bytes)
    {
        var row = new Entity(id, name);
        row.SetLarge(Property, bytes);
        return row;
    }
}

/// <summary>A part as it was found.</summary>
/// <param name="Bytes">Of its row.</param>
public readonly record struct StoredPart(EntityKey Key, string ETag, long Bytes);
