using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using MlOps.Api;

namespace MlOps.Server.Direct;

/// <summary>
/// The thread of all sockets, on which a connection of HTTP/1.1 is served as long as nothing has to be waited for: on one processor a change of
/// threads costs more than reading, scoring and answering a row. A request that leaves it goes on on the pool to its end.
/// </summary>
internal sealed class SharedThread : ISharedThread
{
    /// <summary>Answers that a connection is given in place, one after the other.</summary>
    private const int MostInPlace = 64;

    private volatile bool _left;
    private int _inPlace;

    /// <summary>Awaited, it goes on on a thread of the pool.</summary>
    public static ConfiguredTaskAwaitable Pool => Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);

    /// <summary>Whether what waits for the connection is to go on on the pool.</summary>
    public bool IsLeft => _left;

    /// <summary>Serves a listener's connections so; their transport has to be one that goes on in place.</summary>
    public static void Serve(ListenOptions listen) => listen.Use(next => connection =>
    {
        var thread = new SharedThread();
        connection.Transport = new SharedTransport(connection.Transport, thread);
        connection.Features.Set<ISharedThread>(thread);
        connection.Features.Set(thread);
        return next(connection);
    });

    /// <summary>Takes a connection from it: who serves it changes threads by itself.</summary>
    public static void Forget(ConnectionContext connection)
    {
        connection.Features.Set<ISharedThread>(null);
        connection.Features.Set<SharedThread>(null);
    }

    /// <summary>Whether the next answer may be given in place: now and then one is not, since a client that sends without a pause would have the thread for itself.</summary>
    public bool MayAnswer()
    {
        _inPlace = (_inPlace + 1) % MostInPlace;
        return _inPlace != 0;
    }

    public async Task LeaveAsync()
    {
        if (_left)
            return;
        _left = true;
        await Pool;
    }

    /// <summary>Answers a request on the pool.</summary>
    public async Task LeaveForAsync(Func<Task> answer)
    {
        try
        {
            await LeaveAsync();
            await answer();
        }
        finally
        {
            _left = false;
        }
    }

    /// <summary>Waits for a request that may have left.</summary>
    public async Task ReturnAfterAsync(Task answered)
    {
        try
        {
            await answered;
        }
        finally
        {
            _left = false;
        }
    }
}
