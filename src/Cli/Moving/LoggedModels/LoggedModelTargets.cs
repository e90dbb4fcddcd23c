using System.Text.Json;

namespace MlOps.Cli.Moving.LoggedModels;

/// <summary>A logged model where it is copied to.</summary>
/// <param name="Now">As it stands there.</param>
/// <param name="IsHome">No copy but the original, come upon by its copy: never written to.</param>
internal sealed record TargetModel(MovedModel Now, bool IsHome)
{
    public string Id => Now.Id;

    public string? Copied => Now.Tag(MoveTags.Copied);
}

/// <summary>
/// The logged models of one experiment in the target. A copy is known by its tag; it keeps its id where the server takes ids, as ours does,
/// and gets a new one from MLflow's.
/// </summary>
internal sealed class LoggedModelTargets
{
    private readonly MlflowRest _rest;
    private readonly TargetExperiment _experiment;
    private readonly Dictionary<string, MovedModel> _here = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TargetModel> _copies = new(StringComparer.Ordinal);

    private LoggedModelTargets(MlflowRest rest, TargetExperiment experiment) => (_rest, _experiment) = (rest, experiment);

    /// <summary>Reads first which the experiment has, a page at a time.</summary>
    public static async Task<LoggedModelTargets> ReadAsync(MlflowRest rest, TargetExperiment experiment, CancellationToken cancellationToken)
    {
        var targets = new LoggedModelTargets(rest, experiment);
        await foreach (MovedModel model in LoggedModelAnswers.SearchAsync(rest, experiment.Id, cancellationToken))
        {
            targets._here[model.Id] = model;
            if (model.Tag(MoveTags.Model) is { } original)
                targets._copies.TryAdd(original, new TargetModel(model, false));
        }

        return targets;
    }

    /// <summary>Null when there is none.</summary>
    public TargetModel? Find(MovedModel model)
    {
        if (model.Tag(MoveTags.Model) is { } original && _here.TryGetValue(original, out MovedModel? home) && home.Tag(MoveTags.Model) != model.Id)
            return new TargetModel(home, true);
        return _copies.GetValueOrDefault(model.Id);
    }

    /// <param name="runId">Of the target's run that made it.</param>
    /// <returns>Null when it was deleted there.</returns>
    /// <exception cref="MlOpsException">Conflict <c>logged-model-exists</c>.</exception>
    public async Task<TargetModel?> BeginAsync(MovedModel model, string? runId, CancellationToken cancellationToken)
    {
        if (_here.ContainsKey(model.Id))
            throw MlOpsException.Conflict("logged-model-exists", $"there is another logged model of that id in {_rest.Name}: it is not written to");
        KeyValuePair<string, string>[] tags = [.. model.ForeignTags, new(MoveTags.Model, model.Id)];
        object body = new
        {
            ModelId = model.Id,
            CreationTimestampMs = model.CreatedAt,
            ExperimentId = _experiment.Id,
            model.Name,
            ModelType = model.Type,
            SourceRunId = runId,
            Params = MoveTarget.Objects(model.Params),
            Tags = MoveTarget.Objects(tags),
        };
        JsonElement made = await _rest.PostAsync("logged-models", body, cancellationToken, isSafe: false);
        // A server that takes ids answers a deleted one of that id as it stands.
        if (await LoggedModelAnswers.FindAsync(_rest, LoggedModelAnswers.Model(made.GetProperty("model")).Id, cancellationToken) is not { } now)
            return null;
        return _copies[model.Id] = new TargetModel(now, false);
    }
}
