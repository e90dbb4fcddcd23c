using MlOps.Domain.Experiments.Issues;
using MlOps.Domain.Experiments.Models;
using MlOps.Domain.Experiments.Scorers;
using MlOps.Domain.Experiments.Traces;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Experiments.Purging;

/// <summary>Where all that belongs to experiments is.</summary>
internal sealed record PurgeStores(
    IEntityTable Tables,
    IBlobStore Blobs,
    ExperimentsTable Experiments,
    RunsTable Runs,
    MetricLogTable Metrics,
    RunArtifacts Artifacts,
    RunInputs Inputs,
    LoggedModels Models,
    TraceLog Traces,
    IssueLog Issues,
    ScorerRegistry Scorers,
    TimeProvider Time);
