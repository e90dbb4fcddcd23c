using MlOps.Embedded;
using MlOps.Learning.Trainers;

namespace MlOps.Cli;

/// <summary>What a build of the command brings besides the embedded parts.</summary>
public sealed record Edition
{
    /// <summary>The families that pipelines and `train` may name. Default: those of Learning.</summary>
    public TrainerCatalog Trainers { get; init; } = TrainerCatalog.Default;

    /// <summary>Opens what --storage names; null when this build has no adapter for storage accounts.</summary>
    public Func<string, TimeProvider, CancellationToken, Task<IHostStores>>? OpenStorage { get; init; }
}
