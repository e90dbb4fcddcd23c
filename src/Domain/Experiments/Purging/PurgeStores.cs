using MlOps.Domain.Storage;

namespace MlOps.Domain.Experiments.Purging;

/// <summary>Where all that belongs to experiments and runs is.</summary>
internal sealed record PurgeStores(
    IEntityTable Tables,
    IBlobStore Blobs,
    ExperimentsTable Experiments,
    RunsTable Runs,
    MetricLogTable Metrics,
    RunArtifacts Artifacts,
    RunInputs Inputs,
    TimeProvider Time);
