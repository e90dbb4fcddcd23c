using System.Diagnostics;
using Microsoft.Data.Sqlite;
using MlOps.Domain.Storage;

namespace MlOps.Embedded.Storage;

/// <summary>
/// The one writer of a database file: a thread that applies whatever waits in one transaction and commits once for all. A batch
/// that fails is undone alone; every answer, also a refusal, is given only after the commit: who is told of a conflict must be able
/// to read what he is in conflict with.
/// </summary>
internal sealed class GroupCommit : IDisposable
{
    private static readonly TimeSpan LongestPatience = TimeSpan.FromMilliseconds(1);

    private readonly int _groupWrites;
    private readonly SqliteConnection _connection;
    private readonly EntityStatements _statements;
    private readonly TransactionStatements _transaction;
    private readonly EntityWriter _writer;
    private readonly CommitQueue _queue = new();
    private readonly Thread _thread;
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public GroupCommit(SqliteConnection connection, TimeProvider clock, int groupWrites)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(groupWrites);
        _groupWrites = groupWrites;
        _connection = connection;
        _statements = new EntityStatements(connection);
        _transaction = new TransactionStatements(connection);
        _writer = new EntityWriter(_statements, new ETagSource(SqliteFile.CountOpening(connection)), clock);
        _thread = new Thread(Run) { IsBackground = true, Name = "entity-writer" };
        _thread.Start();
    }

    public Task<IReadOnlyList<string>> WriteAsync(string table, IReadOnlyList<EntityWrite> writes, CancellationToken cancellationToken)
    {
        var pending = new PendingWrite([.. writes.Select(write => new RowWrite(table, write))], cancellationToken);
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
        int expected = 0;
        TimeSpan patience = TimeSpan.Zero;
        var group = new List<PendingWrite>();
        while (_queue.Wait())
        {
            long start = Stopwatch.GetTimestamp();
            Commit(group, expected, patience);
            TimeSpan took = Stopwatch.GetElapsedTime(start);
            patience = took / 4 < LongestPatience ? took / 4 : LongestPatience;
            expected = group.Count > 1 ? group.Count + _queue.Count : 0;
            group.Clear();
        }

        _stopped.SetResult();
    }

    private void Commit(List<PendingWrite> group, int expected, TimeSpan patience)
    {
        try
        {
            _transaction.Begin();
            Gather(group, expected, patience);
            _transaction.Commit();
        }
        catch (SqliteException e)
        {
            _transaction.Rollback();
            // When not even a transaction could begin, those that wait are told; they would wait for ever.
            group.AddRange(_queue.Take(group.Count == 0 ? int.MaxValue : 0));
            foreach (PendingWrite write in group)
                write.Failed(new MlOpsException(ErrorKind.Unavailable, "storage-unavailable", $"the entity store could not commit: {e.Message}", e));
            return;
        }

        foreach (PendingWrite write in group)
            write.Answer();
    }

    /// <summary>
    /// Applies what waits. Callers that write in a loop come back just after a commit, so a moment is given for as many as the last
    /// one answered, and for those that waited then: without it two half-size groups would take turns for ever.
    /// </summary>
    private void Gather(List<PendingWrite> group, int expected, TimeSpan patience)
    {
        long start = Stopwatch.GetTimestamp();
        var spinner = new SpinWait();
        do
        {
            List<PendingWrite> taken = _queue.Take(_groupWrites - group.Count);
            // First of all: whatever happens below, each of them is answered.
            group.AddRange(taken);
            foreach (PendingWrite write in taken)
                Apply(write);
            if (taken.Count == 0)
                spinner.SpinOnce(sleep1Threshold: -1);
        }
        while (group.Count < Math.Min(expected, _groupWrites) && Stopwatch.GetElapsedTime(start) < patience);
    }

    private void Apply(PendingWrite pending)
    {
        if (pending.CancelIfAsked())
            return;
        // A write alone changes a row in one statement or not at all; only several need a point to go back to.
        bool several = pending.Rows.Length > 1;
        if (several)
            _transaction.Save();
        try
        {
            pending.Result = Array.ConvertAll(pending.Rows, _writer.Apply);
            if (several)
                _transaction.Release();
        }
        catch (Exception e) when (e is not SqliteException)
        {
            if (several)
                _transaction.Undo();
            pending.Refusal = e;
        }
    }
}
