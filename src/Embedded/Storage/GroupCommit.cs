using System.Diagnostics;
using Microsoft.Data.Sqlite;
using MlOps.Domain.Storage;

namespace MlOps.Embedded.Storage;

/// <summary>
/// The one writer of a database file: a thread that takes whatever waits, applies each batch under a savepoint of one
/// transaction, and commits once for all. A batch that fails is undone alone; every answer, also a refusal, is given only after
/// the commit: who is told of a conflict must be able to read what he is in conflict with.
/// </summary>
internal sealed class GroupCommit : IDisposable
{
    private static readonly TimeSpan LongestPatience = TimeSpan.FromMilliseconds(1);

    private readonly SqliteConnection _connection;
    private readonly EntityStatements _statements;
    private readonly TransactionStatements _transaction;
    private readonly EntityWriter _writer;
    private readonly CommitQueue _queue = new();
    private readonly Thread _thread;
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public GroupCommit(SqliteConnection connection, TimeProvider clock)
    {
        _connection = connection;
        _statements = new EntityStatements(connection);
        _transaction = new TransactionStatements(connection);
        _writer = new EntityWriter(_statements, new ETagSource(SqliteFile.CountOpening(connection)), clock);
        _thread = new Thread(Run) { IsBackground = true, Name = "entity-writer" };
        _thread.Start();
    }

    public Task<IReadOnlyList<string>> WriteAsync(string table, IReadOnlyList<EntityWrite> writes, CancellationToken cancellationToken)
    {
        var pending = new PendingWrite(table, writes, cancellationToken);
        ObjectDisposedException.ThrowIf(!_queue.TryAdd(pending), typeof(SqliteEntityTable));
        return pending.Done;
    }

    /// <summary>Commits what waits and ends the thread.</summary>
    public Task StopAsync()
    {
        _queue.Close();
        return _stopped.Task;
    }

    public void Dispose()
    {
        _queue.Dispose();
        _transaction.Dispose();
        _statements.Dispose();
        _connection.Dispose();
    }

    private void Run()
    {
        int answered = 0;
        TimeSpan patience = TimeSpan.Zero;
        while (_queue.Take(answered, patience) is { } group)
        {
            long start = Stopwatch.GetTimestamp();
            Commit(group);
            answered = group.Count;
            TimeSpan took = Stopwatch.GetElapsedTime(start);
            patience = took / 4 < LongestPatience ? took / 4 : LongestPatience;
        }

        _stopped.SetResult();
    }

    private void Commit(List<PendingWrite> group)
    {
        group.RemoveAll(write => write.CancelIfAsked());
        try
        {
            _transaction.Begin();
            foreach (PendingWrite write in group)
                Apply(write);
            _transaction.Commit();
        }
        catch (SqliteException e)
        {
            _transaction.Rollback();
            foreach (PendingWrite write in group)
                write.Failed(new MlOpsException(ErrorKind.Unavailable, "storage-unavailable", $"the entity store could not commit: {e.Message}", e));
            return;
        }

        foreach (PendingWrite write in group)
            write.Answer();
    }

    private void Apply(PendingWrite pending)
    {
        _transaction.Save();
        try
        {
            string[] etags = new string[pending.Writes.Count];
            for (int i = 0; i < etags.Length; i++)
                etags[i] = _writer.Apply(pending.Table, pending.Writes[i]);
            pending.Result = etags;
            _transaction.Release();
        }
        catch (Exception e) when (e is not SqliteException)
        {
            _transaction.Undo();
            pending.Refusal = e;
        }
    }
}
