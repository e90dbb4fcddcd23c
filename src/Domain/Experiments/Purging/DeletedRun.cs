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

/// <summary>A run that a walk through its experiment comes to.</summary>
/// <param name="Row">Where it stands.</param>
/// <param name="Deleted">Null while it is active.</param>
/// <param name="HasParts">Whether it is longer than a row of the store.</param>
public readonly record struct WalkedRun(string Row, string Id, DeletedRun? Deleted, bool HasParts);

/// <summary>What something takes.</summary>
/// <param name="Files">Artifacts.</param>
/// <param name="Bytes">Of artifacts, and of rows of histories and of what runs are too long for.</param>
public readonly record struct Footprint(int Files, long Bytes);
