using MlOps.Cli.Moving.LoggedModels;
using MlOps.Cli.Moving.Registry;
using MlOps.Cli.Output;

namespace MlOps.Cli.Moving;

/// <summary>
/// Copies experiments one after the other, of each several runs at once, then registered models. One bad thing keeps none of the others.
/// </summary>
/// <param name="places">How runs of an experiment are found and begun in the target.</param>
/// <param name="knownRun">The id that the copy of a run has, or would have; null when it is not known.</param>
internal sealed class Mover(
    IMoveSource source,
    MlflowRest rest,
    string suffix,
    Func<TargetExperiment, CancellationToken, Task<IRunPlaces>> places,
    Func<string, string?> knownRun,
    MovePlan plan,
    TimeProvider time,
    CommandOutput output)
{
    private readonly ExperimentTargets _experiments = new(rest, suffix);

    /// <summary>Whether it is about one thing and the others can be copied; a server that is away is not.</summary>
    public static bool IsOfOne(Exception e) =>
        e is MlOpsException { Code: not "server-away" and not "mlflow-away" } or IOException or UnauthorizedAccessException || StrangeValues.AreIn(e);

    /// <exception cref="MlOpsException">Conflict <c>move-running</c>: another move into the target goes on.</exception>
    public async Task<MoveReport> RunAsync(CancellationToken cancellationToken)
    {
        if (plan.DryRun)
            return await MoveAsync(null, cancellationToken);
        await using MoveLease lease = await MoveLease.TakeAsync(rest, time, cancellationToken);
        return await lease.WhileHeldAsync(token => MoveAsync(lease, token), cancellationToken);
    }

    private async Task<MoveReport> MoveAsync(MoveLease? lease, CancellationToken cancellationToken)
    {
        List<MovedExperiment> all = await source.ExperimentsAsync(cancellationToken).ToListAsync(cancellationToken);
        List<MovedRegisteredModel> models = await ModelsAsync(cancellationToken);
        Check(all, models);
        var shared = new MoveShared(source, rest, plan, _experiments, new RunLookup(source, rest, _experiments, knownRun), new ModelLookup(source, rest, _experiments), places);
        List<ExperimentMove> moves = await MovesAsync(all, models, shared, cancellationToken);
        if (lease is not null)
            await lease.ConfirmAsync(cancellationToken);
        foreach (ExperimentMove move in moves)
            await TryAsync(move.Count, () => move.BeginAsync(cancellationToken));
        foreach (ExperimentMove move in moves)
            await MoveProgress.WatchAsync(output, () => MoveProgress.Text(move.Count), () => TryAsync(move.Count, () => move.CopyAsync(cancellationToken)));
        List<ModelCount> registered = await CopyModelsAsync(models, shared, cancellationToken);
        return new MoveReport(
            source.Name, rest.Name, plan.DryRun, [.. moves.Select(m => m.Count.Counts)], [.. registered.Select(m => m.Counts)],
            [.. moves.SelectMany(m => m.Count.Problems), .. registered.SelectMany(m => m.Problems)], [.. source.Notes, .. moves.SelectMany(m => m.Count.Notes), .. registered.SelectMany(m => m.Notes)]);
    }

    private async Task<List<MovedRegisteredModel>> ModelsAsync(CancellationToken cancellationToken) => !plan.IsAll && plan.Models.Count == 0 ? []
        : await source.RegisteredModelsAsync(cancellationToken).OrderBy(m => m.CreatedAt).ThenBy(m => m.Name, StringComparer.Ordinal).ToListAsync(cancellationToken);

    private async Task<List<ExperimentMove>> MovesAsync(List<MovedExperiment> all, List<MovedRegisteredModel> models, MoveShared shared, CancellationToken cancellationToken)
    {
        Dictionary<string, MovePart> parts = plan.IsAll ? [] : await MovePart.ReadAsync(source, models.Where(m => plan.Models.Contains(m.Name)), cancellationToken);
        var moves = new List<ExperimentMove>();
        foreach (MovedExperiment experiment in all)
        {
            if (plan.IsWhole(experiment))
                moves.Add(new ExperimentMove(shared, experiment, null));
            else if (parts.TryGetValue(experiment.Id, out MovePart? part))
                moves.Add(new ExperimentMove(shared, experiment, part));
        }

        return moves;
    }

    private async Task<List<ModelCount>> CopyModelsAsync(List<MovedRegisteredModel> models, MoveShared shared, CancellationToken cancellationToken)
    {
        var move = new RegistryMove(source, rest, shared.Runs, shared.Models, plan.DryRun);
        var counts = new List<ModelCount>();
        foreach (MovedRegisteredModel model in models.Where(m => plan.IsAll || plan.Models.Contains(m.Name)))
        {
            var count = new ModelCount(model.Name);
            counts.Add(count);
            await MoveProgress.WatchAsync(output, () => MoveProgress.Text(count), () => TryAsync(model, move, count, cancellationToken));
        }

        return counts;
    }

    private static async Task TryAsync(MoveCount count, Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (Exception e) when (e is MlOpsException { Kind: not (ErrorKind.Unavailable or ErrorKind.Refused) } || StrangeValues.AreIn(e))
        {
            count.Problem(null, null, e);
        }
    }

    private static async Task TryAsync(MovedRegisteredModel model, RegistryMove move, ModelCount count, CancellationToken cancellationToken)
    {
        try
        {
            await move.CopyAsync(model, count, cancellationToken);
        }
        catch (Exception e) when (IsOfOne(e))
        {
            count.Problem(null, e);
        }
    }

    private void Check(List<MovedExperiment> all, List<MovedRegisteredModel> models)
    {
        string[] unknown = [.. plan.Experiments.Where(name => !all.Any(e => e.Name == name || e.Id == name))];
        if (unknown.Length > 0)
            throw MlOpsException.NotFound("experiment-missing", $"{source.Name} has no experiment {Listed(unknown)}: it has {Listed(all.Take(20).Select(e => e.Name))}");
        unknown = [.. plan.Models.Where(name => models.All(m => m.Name != name))];
        if (unknown.Length > 0)
            throw MlOpsException.NotFound("model-missing", $"{source.Name} has no registered model {Listed(unknown)}: it has {(models.Count == 0 ? "none" : Listed(models.Take(20).Select(m => m.Name)))}");
    }

    private static string Listed(IEnumerable<string> names) => string.Join(", ", names.Select(n => $"'{n}'"));
}
