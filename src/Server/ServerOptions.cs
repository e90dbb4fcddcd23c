using MlOps.Embedded;
using MlOps.Learning.Trainers;

namespace MlOps.Server;

/// <summary>How an embedded host runs.</summary>
public sealed record ServerOptions
{
    public required DataDirectory Data { get; init; }

    /// <summary>Where metadata and blobs are, when not in the directory; opened at the start, closed at the stop. Default: null, the directory.</summary>
    public Func<CancellationToken, Task<IHostStores>>? OpenStores { get; init; }

    /// <summary>The families that pipelines may name. Default: those of Learning.</summary>
    public TrainerCatalog Trainers { get; init; } = TrainerCatalog.Default;

    /// <summary>URLs to listen on besides the local socket; port 0 takes a free one. Default: none, the socket only.</summary>
    public IReadOnlyList<string> Urls { get; init; } = [];

    /// <summary>Whether timers (drift checks, schedules) and the inbox run. Off for a command that hosts itself for a moment. Default: on.</summary>
    public bool Timers { get; init; } = true;

    /// <summary>How often timers and the inbox look for work. Default: one second.</summary>
    public TimeSpan Tick { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long after the start what others left is first looked for and deleted: who starts a server waits for its answers. Default: 20 seconds.</summary>
    public TimeSpan FirstCollection { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Whether to log to the console. Default: off.</summary>
    public bool Log { get; init; }

    /// <summary>Largest request body in bytes. Default: 64 MiB; uploads of data sets may have <see cref="MaxUploadBytes"/>.</summary>
    public long MaxRequestBytes { get; init; } = 64L << 20;

    /// <summary>Largest data set file in bytes. Default: 4 GiB.</summary>
    public long MaxUploadBytes { get; init; } = 4L << 30;

    /// <summary>
    /// How long a stop waits for commands that are being answered on the local socket. Default: five seconds; a command that hosts
    /// others for a moment gives them more.
    /// </summary>
    public TimeSpan Drain { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The model or selector that is meant by requests that name none, where several are served. Default: none.</summary>
    public string? DefaultModel { get; init; }

    /// <summary>The folder of MLflow's built web UI, which is then at <c>/</c>. Default: none.</summary>
    public string? MlflowUi { get; init; }

    /// <summary>Bytes that loaded models may hold together, above 0. Default: null, a quarter of what the process may have.</summary>
    public long? ModelMemory { get; init; }

    /// <summary>How long a model stays in memory that nobody uses and no endpoint's traffic names; 0: until its memory is wanted. Default: null, 15 minutes.</summary>
    public TimeSpan? ModelIdle { get; init; }

    /// <summary>
    /// Whether the thread that waits for sockets answers plain predictions itself, all else being handed to the pool: the fastest on one
    /// processor, where the runtime's sockets have to go on in place too. Default: off.
    /// </summary>
    public bool SharesThread { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
