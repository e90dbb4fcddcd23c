namespace MlOps.Cli;

/// <summary>What the process says to scripts.</summary>
internal static class ExitCodes
{
    public const int Done = 0;

    /// <summary>The work failed: a gate, a conflict, a server that is away.</summary>
    public const int Failed = 1;

    /// <summary>Bad usage or input.</summary>
    public const int BadInput = 2;

    /// <summary>Ctrl-C, and the command did not stop in time: as shells say it of SIGINT.</summary>
    public const int Interrupted = 130;

    /// <summary>The same of SIGTERM.</summary>
    public const int Terminated = 143;

    public static int For(ErrorKind kind) => kind is ErrorKind.Conflict or ErrorKind.Unavailable or ErrorKind.Failed ? Failed : BadInput;
}
