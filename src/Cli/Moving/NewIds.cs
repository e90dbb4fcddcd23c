using System.Collections.Concurrent;
using System.Text.Json;

namespace MlOps.Cli.Moving;

/// <summary>Runs that get new ids, as MLflow's server gives them, and are known by their tag.</summary>
internal sealed class NewIds : IRunPlaces
{
    private readonly MlflowRest _rest;
    private readonly IMoveSource _source;
    private readonly TargetExperiment _experiment;
    private readonly ConcurrentDictionary<string, Task<TargetRun>> _runs = new(StringComparer.Ordinal);

    // What runs here were copied from may be at the source, and their copies come back.
    private readonly Dictionary<string, string> _here = new(StringComparer.Ordinal);

    private NewIds(MlflowRest rest, IMoveSource source, TargetExperiment experiment) => (_rest, _source, _experiment) = (rest, source, experiment);

    /// <summary>Reads first which runs the experiment has, a page at a time.</summary>
    public static async Task<NewIds> ReadAsync(MlflowRest rest, IMoveSource source, TargetExperiment experiment, CancellationToken cancellationToken)
    {
        var ids = new NewIds(rest, source, experiment);
        var like = new MovedExperiment(experiment.Id, experiment.Name, null, experiment.IsDeleted, new Dictionary<string, string>());
        await foreach (MovedRun run in new RestSource(rest).RunsAsync(like, cancellationToken))
        {
            ids._here[run.Id] = run.ArtifactUri;
            if (run.Tag(MoveTags.Run) is { } original)
                ids._runs.TryAdd(original, Task.FromResult(TargetRun.Of(run)));
        }

        return ids;
    }

    public async Task<TargetRun?> FindAsync(MovedRun run, CancellationToken cancellationToken)
    {
        if (run.Tag(MoveTags.Run) is { } original && _here.TryGetValue(original, out string? uri))
            return TargetRun.AtHome(original, run, uri);
        return _runs.TryGetValue(run.Id, out Task<TargetRun>? known) ? await known : null;
    }

    public Task<TargetRun> BeginAsync(MovedRun run, CancellationToken cancellationToken) => _runs.GetOrAdd(run.Id, _ => CreateAsync(run, cancellationToken));

    /// <summary>A parent that was not come to yet is begun for its child; its turn fills it.</summary>
    public async Task<string> ParentAsync(string id, CancellationToken cancellationToken)
    {
        if (_here.ContainsKey(id))
            return id;
        if (_runs.TryGetValue(id, out Task<TargetRun>? known))
            return (await known).Id;
        return await _source.FindRunAsync(id, cancellationToken) is { } parent ? (await BeginAsync(parent, cancellationToken)).Id : id;
    }

    private async Task<TargetRun> CreateAsync(MovedRun run, CancellationToken cancellationToken)
    {
        object body = new { ExperimentId = _experiment.Id, UserId = run.User, RunName = run.Name, StartTime = run.StartedAt, Tags = new[] { new { Key = MoveTags.Run, Value = run.Id } } };
        JsonElement made = await _rest.PostAsync("runs/create", body, cancellationToken, isSafe: false);
        return TargetRun.Of(MlflowAnswers.Run(made.GetProperty("run")));
    }
}
