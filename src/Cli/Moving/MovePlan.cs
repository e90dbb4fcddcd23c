using MlOps.Cli.Moving.LoggedModels;
using MlOps.Cli.Moving.Registry;

namespace MlOps.Cli.Moving;

/// <summary>What to move: all; or the named experiments, and the named registered models with the runs and logged models that their versions are of.</summary>
/// <param name="Experiments">Names or ids.</param>
/// <param name="Models">Names of registered models.</param>
/// <param name="Parallel">Runs, and traces, copied at the same time.</param>
internal sealed record MovePlan(IReadOnlyList<string> Experiments, IReadOnlyList<string> Models, int Parallel, bool DryRun)
{
    public bool IsAll => Experiments.Count == 0 && Models.Count == 0;

    public bool IsWhole(MovedExperiment experiment) => IsAll || Experiments.Contains(experiment.Name) || Experiments.Contains(experiment.Id);
}

/// <summary>Of an experiment that is not moved whole: the runs and logged models that versions are of.</summary>
internal sealed class MovePart
{
    public Dictionary<string, MovedRun> Runs { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, MovedModel> Models { get; } = new(StringComparer.Ordinal);

    /// <summary>Parts by the id of their experiment, of what the versions of these models are of.</summary>
    public static async Task<Dictionary<string, MovePart>> ReadAsync(IMoveSource source, IEnumerable<MovedRegisteredModel> models, CancellationToken cancellationToken)
    {
        var parts = new Dictionary<string, MovePart>(StringComparer.Ordinal);
        foreach (MovedRegisteredModel model in models)
        {
            foreach (MovedVersion version in await VersionsAsync(source, model, cancellationToken))
            {
                if (version.ModelId is { } modelId && await source.FindModelAsync(modelId, cancellationToken) is { ExperimentId: { } experiment } logged)
                {
                    Of(parts, experiment).Models[modelId] = logged;
                    await AddRunAsync(source, parts, logged.RunId, cancellationToken);
                }

                await AddRunAsync(source, parts, version.RunId, cancellationToken);
            }
        }

        return parts;
    }

    /// <summary>None where they cannot be read: the model's own turn tells why.</summary>
    private static async Task<IReadOnlyList<MovedVersion>> VersionsAsync(IMoveSource source, MovedRegisteredModel model, CancellationToken cancellationToken)
    {
        try
        {
            return await source.VersionsAsync(model, cancellationToken);
        }
        catch (MlOpsException e) when (e.Kind == ErrorKind.Invalid)
        {
            return [];
        }
    }

    private static async Task AddRunAsync(IMoveSource source, Dictionary<string, MovePart> parts, string? id, CancellationToken cancellationToken)
    {
        if (id is not null && await source.FindRunAsync(id, cancellationToken) is { ExperimentId: { } experiment } run)
            Of(parts, experiment).Runs[id] = run;
    }

    private static MovePart Of(Dictionary<string, MovePart> parts, string experiment) => parts.TryGetValue(experiment, out MovePart? part) ? part : parts[experiment] = new MovePart();
}
