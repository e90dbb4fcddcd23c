using System.Diagnostics;

namespace MlOps.Server;

/// <summary>Keeps the process's thread pool as large as <see cref="PoolRoom"/> says, on machines with few processors.</summary>
internal static class PoolWatch
{
    /// <summary>With as many processors the runtime keeps threads enough.</summary>
    private const int Enough = 4;

    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(20);

    private static int _started;

    /// <summary>Once a process; the thread ends with it.</summary>
    public static void Start()
    {
        ThreadPool.GetMinThreads(out int least, out _);
        if (least < Enough && Interlocked.Exchange(ref _started, 1) == 0)
            new Thread(() => Watch(new PoolRoom(least, Enough, Beat))) { IsBackground = true, Name = "mlops pool watch" }.Start();
    }

    private static void Watch(PoolRoom room)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            Thread.Sleep(room.Next);
            if (room.Beat(clock.Elapsed, ThreadPool.CompletedWorkItemCount, ThreadPool.PendingWorkItemCount))
                Resize(room.Threads);
        }
    }

    private static void Resize(int threads)
    {
        ThreadPool.GetMinThreads(out int before, out int ports);
        ThreadPool.SetMinThreads(threads, ports);
        if (threads >= before)
            return;
        // A lower minimum alone lets the threads go one by one when they have been idle for a while, which they never are under load.
        ThreadPool.GetMaxThreads(out int most, out int mostPorts);
        if (ThreadPool.SetMaxThreads(threads, mostPorts))
            ThreadPool.SetMaxThreads(most, mostPorts);
    }
}
