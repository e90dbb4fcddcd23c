using MlOps.Cli.Moving.LoggedModels;

namespace MlOps.Cli.Moving.Registry;

/// <summary>Copies one version: made with its source, description and tags; then its stage, and last the mark that all of it is there.</summary>
internal sealed class VersionMove(MlflowRest rest, VersionSources sources, RunLookup runs, ModelLookup models, bool dryRun)
{
    private readonly VersionMaker _maker = new(rest);

    public async Task CopyAsync(MovedVersion version, RegisteredTarget? target, ModelCount count, CancellationToken cancellationToken)
    {
        if (version.Unreadable is { } why)
            throw MlOpsException.Invalid("mlflow-value", why);
        MovedVersion? copy = target?.Find(version.Number);
        if (target is not null && target.WasDeleted(version.Number))
            count.Versions.Left();
        else if (copy?.Tag(MoveTags.Copied) == version.Fingerprint())
            count.Versions.Unchanged();
        else if (dryRun)
            count.Versions.Copied();
        else
            await CopyAsync(version, copy, target!, count, cancellationToken);
    }

    private async Task CopyAsync(MovedVersion version, MovedVersion? copy, RegisteredTarget target, ModelCount count, CancellationToken cancellationToken)
    {
        if (copy is null)
        {
            string source = await sources.OfAsync(version, cancellationToken);
            string? runId = version.RunId is { } run ? (await runs.FindAsync(run, cancellationToken))?.Id ?? run : null;
            string? modelId = version.ModelId is { } model ? await models.FindAsync(model, cancellationToken) : null;
            copy = await _maker.MakeAsync(version, source, runId, modelId, cancellationToken);
            target.Know(version.Number, copy);
            if (copy.Number != version.Number)
                count.Notes.Enqueue($"version {version.Number} of '{version.Model}' is version {copy.Number} in {rest.Name}, which has given the number {version.Number} to another");
        }
        else
            await UpdateAsync(version, copy, cancellationToken);

        if (copy.Stage != version.Stage)
            await StageAsync(copy, version.Stage, cancellationToken);
        await SetTagAsync(copy, MoveTags.Copied, version.Fingerprint(), cancellationToken);
        count.Versions.Copied();
    }

    private async Task UpdateAsync(MovedVersion version, MovedVersion copy, CancellationToken cancellationToken)
    {
        if ((copy.Description ?? "") != (version.Description ?? ""))
            await rest.PatchAsync("model-versions/update", new { Name = copy.Model, Version = RegistryAnswers.Text(copy.Number), Description = version.Description ?? "" }, cancellationToken);
        foreach ((string key, string value) in version.ForeignTags.Where(t => copy.Tag(t.Key) != t.Value))
            await SetTagAsync(copy, key, value, cancellationToken);
    }

    private Task StageAsync(MovedVersion copy, string stage, CancellationToken cancellationToken) => rest.PostAsync(
        "model-versions/transition-stage", new { Name = copy.Model, Version = RegistryAnswers.Text(copy.Number), Stage = stage, ArchiveExistingVersions = false }, cancellationToken);

    private Task SetTagAsync(MovedVersion copy, string key, string value, CancellationToken cancellationToken) =>
        rest.PostAsync("model-versions/set-tag", new { Name = copy.Model, Version = RegistryAnswers.Text(copy.Number), Key = key, Value = value }, cancellationToken);
}
