using System.Diagnostics;
using Microsoft.Data.Sqlite;
using MlOps.Domain.Storage;

namespace MlOps.Embedded.Storage;

/// <summary>
/// The one writer of a database file: a thread that applies whatever waits in one transaction and commits once for all. Who comes
/// alone, while nobody writes, writes on his own thread: to hand over and back takes as long as all else but the flush. A batch
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

    // Held by whoever uses the connection, and what follows.
    private readonly Lock _turn = new();
    private readonly List<PendingWrite> _alone = [];

    // Of the last commit: when it ended, and how long it took.
    private long _ended;
    private TimeSpan _took;

    // Writes that probably come together after a group; 0 after one alone.
    private volatile int _expected;

    // Writes alone that came one right after another.
    private int _quick;

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
        if (!TryAlone(pending))
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
        var group = new List<PendingWrite>();
        while (_queue.Wait())
        {
            lock (_turn)
            {
                TimeSpan patience = _took / 4 < LongestPatience ? _took / 4 : LongestPatience;
                Commit(group, () => Gather(group, _expected, patience));
                _expected = group.Count > 1 ? group.Count + _queue.Count : 0;
                group.Clear();
            }
        }

        // Who writes alone has written when the lock is free.
        lock (_turn)
            _stopped.SetResult();
    }

    /// <summary>Writes at once, on the caller's thread; false when somebody else writes, or others are likely to come with it.</summary>
    private bool TryAlone(PendingWrite pending)
    {
        if (_expected > 0 || _queue.Count > 0 || !_turn.TryEnter())
            return false;
        try
        {
            // Again and again sooner than an answer comes to a client: somebody writes many and waits for none of them. They shall share a commit.
            _quick = Stopwatch.GetElapsedTime(_ended) < _took / 16 ? _quick + 1 : 0;
            if (_queue.IsClosed || _expected > 0 || _quick > 1)
                return false;
            _alone.Add(pending);
            Commit(_alone, () => Apply(pending));
            return true;
        }
        finally
        {
            _alone.Clear();
            _turn.Exit();
        }
    }

    private void Commit(List<PendingWrite> group, Action apply)
    {
        long start = Stopwatch.GetTimestamp();
        try
        {
            _transaction.Begin();
            apply();
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
        finally
        {
            _ended = Stopwatch.GetTimestamp();
            _took = Stopwatch.GetElapsedTime(start, _ended);
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
