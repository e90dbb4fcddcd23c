using System.Collections.Concurrent;
using System.Text.Json;

namespace MlOps.Cli.Moving;

/// <summary>Runs that get new ids, as MLflow's server gives them, and are known by their tag.</summary>
internal sealed class NewIds : IRunPlaces
{
    private readonly MlflowRest _rest;
    private readonly IMoveSource _source;
    private readonly TargetExperiment _experiment;
    private readonly ConcurrentDictionary<string, Lazy<Task<TargetRun>>> _runs = new(StringComparer.Ordinal);

    // What runs here were copied from may be at the source, and their copies come back.
    private readonly Dictionary<string, string> _here = new(StringComparer.Ordinal);

    private readonly ConcurrentDictionary<string, string> _others;

    private NewIds(MlflowRest rest, IMoveSource source, TargetExperiment experiment, ConcurrentDictionary<string, string> others) =>
        (_rest, _source, _experiment, _others) = (rest, source, experiment, others);

    /// <summary>Reads first which runs the experiment has, a page at a time.</summary>
    /// <param name="others">Ids of copies by those of their originals, of all experiments of one move: parents may be in another.</param>
    public static async Task<NewIds> ReadAsync(
        MlflowRest rest, IMoveSource source, TargetExperiment experiment, ConcurrentDictionary<string, string> others, CancellationToken cancellationToken)
    {
        var ids = new NewIds(rest, source, experiment, others);
        var like = new MovedExperiment(experiment.Id, experiment.Name, null, experiment.IsDeleted, new Dictionary<string, string>());
        await foreach (MovedRun run in new RestSource(rest).RunsAsync(like, cancellationToken))
        {
            ids._here[run.Id] = run.ArtifactUri;
            if (run.Tag(MoveTags.Run) is { } original)
                ids.Know(original, TargetRun.Of(run));
        }

        return ids;
    }

    public async Task<TargetRun?> FindAsync(MovedRun run, CancellationToken cancellationToken)
    {
        if (run.Tag(MoveTags.Run) is { } original && _here.TryGetValue(original, out string? uri))
            return TargetRun.AtHome(original, uri);
        return _runs.TryGetValue(run.Id, out Lazy<Task<TargetRun>>? known) ? await known.Value : null;
    }

    /// <summary>Once, however many children ask for a parent at the same time; one that failed may be tried again.</summary>
    public async Task<TargetRun> BeginAsync(MovedRun run, CancellationToken cancellationToken)
    {
        Lazy<Task<TargetRun>> begun = _runs.GetOrAdd(run.Id, _ => new Lazy<Task<TargetRun>>(() => CreateAsync(run, cancellationToken)));
        try
        {
            return await begun.Value;
        }
        catch
        {
            _runs.TryRemove(KeyValuePair.Create(run.Id, begun));
            throw;
        }
    }

    /// <summary>
    /// A run of the same experiment that was not come to yet is begun, for its child or logged model; its turn fills it. One of another
    /// experiment is never begun here: its id is that of its copy, when that is known.
    /// </summary>
    public async Task<string> IdAsync(string id, string? experimentId, CancellationToken cancellationToken)
    {
        if (_here.ContainsKey(id))
            return id;
        if (_runs.TryGetValue(id, out Lazy<Task<TargetRun>>? known))
            return (await known.Value).Id;
        if (_others.TryGetValue(id, out string? other))
            return other;
        MovedRun? parent = await _source.FindRunAsync(id, cancellationToken);
        return parent is { Unreadable: null } && parent.ExperimentId == experimentId ? (await BeginAsync(parent, cancellationToken)).Id : id;
    }

    private void Know(string original, TargetRun copy)
    {
        _runs.TryAdd(original, new Lazy<Task<TargetRun>>(Task.FromResult(copy)));
        _others[original] = copy.Id;
    }

    private async Task<TargetRun> CreateAsync(MovedRun run, CancellationToken cancellationToken)
    {
        object body = new { ExperimentId = _experiment.Id, UserId = run.User, RunName = run.Name, StartTime = run.StartedAt, Tags = new[] { new { Key = MoveTags.Run, Value = run.Id } } };
        JsonElement made = await _rest.PostAsync("runs/create", body, cancellationToken, isSafe: false);
        TargetRun copy = TargetRun.Of(MlflowAnswers.Run(made.GetProperty("run")));
        _others[run.Id] = copy.Id;
        return copy;
    }
}
