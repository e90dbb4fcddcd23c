namespace MlOps.Cli;

/// <summary>What the runtime does for machines with many processors takes time from the work where there is only one.</summary>
internal static class OneProcessor
{
    private const string InlineCompletions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    /// <summary>Before the first thread of the pool: one that looks for work in vain takes the processor from those who have some, an eighth of a server's time.</summary>
    public static void RestThreads()
    {
        if (Environment.ProcessorCount == 1)
            AppContext.SetData("System.Threading.ThreadPool.UnfairSemaphoreSpinLimit", 0);
    }

    /// <summary>
    /// Before the first socket: the thread that waits for all sockets goes on with what waited for one, instead of handing it to the pool.
    /// Kestrel hands requests to the pool itself, so it is one hop less of two, a tenth of a server's time. Whoever awaits a socket
    /// otherwise must leave that thread at once: not for stores that are reached by the network.
    /// </summary>
    public static void EventsOfSocketsInPlace()
    {
        if (Environment.ProcessorCount == 1 && Environment.GetEnvironmentVariable(InlineCompletions) is null)
            Environment.SetEnvironmentVariable(InlineCompletions, "1");
    }
}
