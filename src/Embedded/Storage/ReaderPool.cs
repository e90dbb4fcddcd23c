using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace MlOps.Embedded.Storage;

/// <summary>Read connections, one a reader at a time; each read sees the last commit.</summary>
internal sealed class ReaderPool(string path) : IDisposable
{
    private readonly ConcurrentBag<EntityReader> _idle = [];
    private volatile bool _disposed;

    public T Read<T>(Func<EntityReader, T> read)
    {
        ObjectDisposedException.ThrowIf(_disposed, typeof(SqliteEntityTable));
        EntityReader? reader = null;
        try
        {
            reader = _idle.TryTake(out EntityReader? idle) ? idle : new EntityReader(SqliteFile.OpenForReading(path));
            return read(reader);
        }
        catch (SqliteException e)
        {
            throw new MlOpsException(ErrorKind.Unavailable, "storage-unavailable", $"the entity store could not be read: {e.Message}", e);
        }
        finally
        {
            if (reader is not null)
                Return(reader);
        }
    }

    public void Dispose()
    {
        _disposed = true;
        while (_idle.TryTake(out EntityReader? reader))
            reader.Dispose();
    }

    private void Return(EntityReader reader)
    {
        _idle.Add(reader);
        if (_disposed)
            Dispose();
    }
}
