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
    /// Whoever awaits a socket must leave that thread soon (<see cref="MlOps.Server.ServerOptions.SharesThread"/>): not for stores that are reached by the network.
    /// </summary>
    /// <returns>Whether it does.</returns>
    public static bool EventsOfSocketsInPlace()
    {
        if (Environment.ProcessorCount == 1 && Environment.GetEnvironmentVariable(InlineCompletions) is null)
            Environment.SetEnvironmentVariable(InlineCompletions, "1");
        return Environment.ProcessorCount == 1 && Environment.GetEnvironmentVariable(InlineCompletions) == "1";
    }
}
