using System.Globalization;
using System.Text.Json;

namespace MlOps.Cli.Moving;

/// <summary>An experiment where it is copied to.</summary>
/// <param name="IsCopy">False for the default experiment, and for the one that the source was copied from: they take runs, and are else left as they are.</param>
internal sealed record TargetExperiment(string Id, string Name, bool IsDeleted, bool IsCopy);

/// <summary>
/// Finds the copy of an experiment by its tag, or makes one. A name that another experiment has is left to that: the copy gets
/// <c>[name] ([suffix])</c>. The default experiment is copied into the default one.
/// </summary>
internal sealed class ExperimentTargets(MlflowRest rest, string suffix)
{
    /// <summary>Null when there is none yet.</summary>
    public async Task<TargetExperiment?> FindAsync(MovedExperiment source, CancellationToken cancellationToken)
    {
        JsonElement found = await rest.PostAsync(
            "experiments/search", new { MaxResults = 1, ViewType = "ALL", Filter = MlflowFilter.HasTag(MoveTags.Experiment, source.Identity) }, cancellationToken);
        if (found.Items("experiments").Select(MlflowAnswers.Experiment).FirstOrDefault() is { } copy)
            return Target(copy, true);
        MovedExperiment? shared = source.Id == MovedExperiment.DefaultId ? await GetAsync(MovedExperiment.DefaultId, cancellationToken) : await HomeAsync(source, cancellationToken);
        return shared is null ? null : Target(shared, false);
    }

    public async Task<TargetExperiment> EnsureAsync(MovedExperiment source, CancellationToken cancellationToken)
    {
        if (await FindAsync(source, cancellationToken) is { } known)
            return known;
        for (int attempt = 0; ; attempt++)
        {
            string name = attempt switch { 0 => source.Name, 1 => $"{source.Name} ({suffix})", _ => string.Create(CultureInfo.InvariantCulture, $"{source.Name} ({suffix} {attempt})") };
            try
            {
                KeyValuePair<string, string>[] tags = [.. source.Tags.Where(t => !MoveTags.IsOwn(t.Key)), new(MoveTags.Experiment, source.Identity)];
                JsonElement made = await rest.PostAsync("experiments/create", new { Name = name, Tags = MoveTarget.Objects(tags) }, cancellationToken, isSafe: false);
                return new TargetExperiment(made.Text("experiment_id")!, name, false, true);
            }
            catch (MlOpsException e) when (e.Code == "RESOURCE_ALREADY_EXISTS")
            {
                // Another move may have made it since it was looked for.
                if (await FindAsync(source, cancellationToken) is { } made)
                    return made;
            }
        }
    }

    /// <summary>Tags that the source has otherwise now.</summary>
    public async Task UpdateTagsAsync(MovedExperiment source, TargetExperiment target, CancellationToken cancellationToken)
    {
        if (await GetAsync(target.Id, cancellationToken) is not { } now)
            return;
        foreach ((string key, string value) in source.Tags.Where(t => !MoveTags.IsOwn(t.Key) && now.Tags.GetValueOrDefault(t.Key) != t.Value))
            await rest.PostAsync("experiments/set-experiment-tag", new { ExperimentId = target.Id, Key = key, Value = value }, cancellationToken);
    }

    /// <summary>Whether deleting it takes nothing but copies that nobody has changed since: what somebody logged into it is not the move's to delete.</summary>
    public async Task<bool> HasOnlyCopiesAsync(TargetExperiment target, CancellationToken cancellationToken)
    {
        if (!target.IsCopy || target.Id == MovedExperiment.DefaultId)
            return false;
        var like = new MovedExperiment(target.Id, target.Name, null, target.IsDeleted, new Dictionary<string, string>());
        return await new RestSource(rest).RunsAsync(like, cancellationToken)
            .AllAsync(r => r.IsDeleted || (r.Tag(MoveTags.Run) is not null && !TargetRun.Of(r).IsChanged), cancellationToken);
    }

    public Task DeleteAsync(TargetExperiment target, CancellationToken cancellationToken) => rest.PostAsync("experiments/delete", new { ExperimentId = target.Id }, cancellationToken);

    public Task RestoreAsync(TargetExperiment target, CancellationToken cancellationToken) => rest.PostAsync("experiments/restore", new { ExperimentId = target.Id }, cancellationToken);

    /// <summary>The experiment that the source is a copy of, when it was copied from here.</summary>
    private async Task<MovedExperiment?> HomeAsync(MovedExperiment source, CancellationToken cancellationToken)
    {
        if (source.Tags.GetValueOrDefault(MoveTags.Experiment) is not { } identity)
            return null;
        MovedExperiment? home = await GetAsync(identity.Split('@')[0], cancellationToken);
        return home?.Identity == identity ? home : null;
    }

    private async Task<MovedExperiment?> GetAsync(string id, CancellationToken cancellationToken)
    {
        try
        {
            return MlflowAnswers.Experiment((await rest.GetAsync("experiments/get", [("experiment_id", id)], cancellationToken)).GetProperty("experiment"));
        }
        catch (MlOpsException e) when (e.Kind is ErrorKind.NotFound or ErrorKind.Invalid)
        {
            return null;
        }
    }

    private static TargetExperiment Target(MovedExperiment experiment, bool isCopy) => new(experiment.Id, experiment.Name, experiment.IsDeleted, isCopy);
}
