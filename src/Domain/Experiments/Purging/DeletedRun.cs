namespace MlOps.Domain.Experiments.Purging;

/// <summary>A run that is deleted, by itself or with its experiment.</summary>
/// <param name="DeletedAt">The earlier of both.</param>
/// <param name="Begun">Its removal for good has begun: it is no longer a question of time.</param>
public sealed record DeletedRun(string Id, string ExperimentId, string Experiment, string Name, DateTimeOffset StartedAt, DateTimeOffset DeletedAt, RunLineage Lineage, bool Begun)
{
    internal static DeletedRun? Of(RunDocument run, Experiment experiment)
    {
        DateTimeOffset? at = Earlier(run.DeletedAt, experiment.DeletedAt) ?? run.PurgedAt;
        return at is null ? null : new(run.Id, run.ExperimentId, experiment.Name, run.Name, run.StartedAt, at.Value, run.Lineage, run.PurgedAt is not null);
    }

    private static DateTimeOffset? Earlier(DateTimeOffset? a, DateTimeOffset? b) => a is null || b < a ? b : a;
}

/// <summary>What something takes.</summary>
/// <param name="Files">Artifacts.</param>
/// <param name="Bytes">Of artifacts, and of rows of histories and of what runs are too long for.</param>
public readonly record struct Footprint(int Files, long Bytes);
