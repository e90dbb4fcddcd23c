using MlOps.Cli.Moving.LoggedModels;

namespace MlOps.Cli.Moving.Registry;

/// <summary>
/// Copies registered models: the model, its versions in ascending order, its aliases, and last the mark. A name that another model with
/// versions has is refused: versions of two models are not mixed.
/// </summary>
internal sealed class RegistryMove
{
    private readonly IMoveSource _source;
    private readonly MlflowRest _rest;
    private readonly bool _dryRun;
    private readonly Dictionary<(string Model, int Number), int> _numbers = [];
    private readonly VersionMove _versions;
    private readonly AliasMove _aliases;

    public RegistryMove(IMoveSource source, MlflowRest rest, RunLookup runs, ModelLookup models, bool dryRun)
    {
        (_source, _rest, _dryRun) = (source, rest, dryRun);
        _versions = new VersionMove(rest, new VersionSources(source, runs, models, _numbers), runs, models, dryRun);
        _aliases = new AliasMove(rest);
    }

    public async Task CopyAsync(MovedRegisteredModel model, ModelCount count, CancellationToken cancellationToken)
    {
        IReadOnlyList<MovedVersion> versions = await _source.VersionsAsync(model, cancellationToken);
        MovedRegisteredModel? there = await RegistryAnswers.FindAsync(_rest, model.Name, cancellationToken);
        if (there is not null && model.Tag(MoveTags.Model) == there.Identity)
        {
            // Of a copy that comes home the original.
            foreach (MovedVersion _ in versions)
                count.Versions.Unchanged();
        }
        else if (there is not null && there.Tag(MoveTags.Model) != model.Identity && await RegistryAnswers.VersionsAsync(_rest, there, cancellationToken) is { Count: > 0 } others)
            Refuse(model, versions, others, count);
        else
            await CopyAsync(model, versions, there, count, cancellationToken);
    }

    private void Refuse(MovedRegisteredModel model, IReadOnlyList<MovedVersion> versions, IReadOnlyList<MovedVersion> others, ModelCount count)
    {
        foreach (MovedVersion _ in versions)
            count.Versions.Failed();
        count.Problem(null, MlOpsException.Conflict(
            "registered-model-exists", $"{_rest.Name} has another model '{model.Name}' ({others.Count} versions), whose versions are not mixed with these: rename one of the two, and run it again"));
    }

    private async Task CopyAsync(MovedRegisteredModel model, IReadOnlyList<MovedVersion> versions, MovedRegisteredModel? there, ModelCount count, CancellationToken cancellationToken)
    {
        if (!_dryRun)
            there = await EnsureAsync(model, there, cancellationToken);
        RegisteredTarget? target = there is null ? null : await RegisteredTarget.ReadAsync(_rest, there, cancellationToken);
        foreach (MovedVersion version in versions)
        {
            await TryAsync(version, target, count, cancellationToken);
            if (target?.Find(version.Number) is { } copy)
                _numbers[(model.Name, version.Number)] = copy.Number;
        }

        if (target is null || _dryRun)
            return;
        await target.RememberAsync(cancellationToken);
        await _aliases.CopyAsync(model, target, count, cancellationToken);
        if (target.Now.Tag(MoveTags.Copied) != model.Fingerprint())
            await UpdateAsync(model, target.Now, cancellationToken);
    }

    private async Task TryAsync(MovedVersion version, RegisteredTarget? target, ModelCount count, CancellationToken cancellationToken)
    {
        try
        {
            await _versions.CopyAsync(version, target, count, cancellationToken);
        }
        catch (Exception e) when (Mover.IsOfOne(e))
        {
            count.Versions.Failed();
            count.Problem(version.Number, e);
        }
    }

    /// <summary>Made, or one without versions taken over.</summary>
    private async Task<MovedRegisteredModel> EnsureAsync(MovedRegisteredModel model, MovedRegisteredModel? there, CancellationToken cancellationToken)
    {
        if (there is null)
        {
            KeyValuePair<string, string>[] tags = [.. model.ForeignTags, new(MoveTags.Model, model.Identity)];
            await _rest.PostAsync("registered-models/create", new { model.Name, model.Description, Tags = MoveTarget.Objects(tags) }, cancellationToken, isSafe: false);
        }
        else if (there.Tag(MoveTags.Model) != model.Identity)
            await SetTagAsync(model.Name, MoveTags.Model, model.Identity, cancellationToken);
        else
            return there;
        return await RegistryAnswers.FindAsync(_rest, model.Name, cancellationToken)
            ?? throw MlOpsException.Conflict("registered-model-missing", $"{_rest.Name} made '{model.Name}' and does not have it: was it deleted just now?");
    }

    private async Task UpdateAsync(MovedRegisteredModel model, MovedRegisteredModel there, CancellationToken cancellationToken)
    {
        if ((there.Description ?? "") != (model.Description ?? ""))
            await _rest.PatchAsync("registered-models/update", new { model.Name, Description = model.Description ?? "" }, cancellationToken);
        foreach ((string key, string value) in model.ForeignTags.Where(t => there.Tag(t.Key) != t.Value))
            await SetTagAsync(model.Name, key, value, cancellationToken);
        await SetTagAsync(model.Name, MoveTags.Copied, model.Fingerprint(), cancellationToken);
    }

    private Task SetTagAsync(string model, string key, string value, CancellationToken cancellationToken) =>
        _rest.PostAsync("registered-models/set-tag", new { Name = model, Key = key, Value = value }, cancellationToken);
}
