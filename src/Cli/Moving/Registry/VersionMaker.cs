using System.Text.Json;

namespace MlOps.Cli.Moving.Registry;

/// <summary>
/// Makes copies of versions under the numbers that they have. Our server is told the number; MLflow's gives the next one, so that numbers which
/// the source no longer has are used up first, by versions that are made and deleted at once.
/// </summary>
internal sealed class VersionMaker(MlflowRest rest)
{
    /// <summary>Numbers used up before a version; of more it takes the next one.</summary>
    private const int MostFilled = 1_000;

    /// <param name="source">Where its files are in the target.</param>
    /// <param name="runId">In the target; null when it is not known.</param>
    public async Task<MovedVersion> MakeAsync(MovedVersion version, string source, string? runId, string? modelId, CancellationToken cancellationToken)
    {
        KeyValuePair<string, string>[] tags = [.. version.ForeignTags, new(MoveTags.Version, RegistryAnswers.Text(version.Number))];
        while (true)
        {
            MovedVersion made = await CreateAsync(version, number => new
            {
                Name = version.Model,
                Source = source,
                RunId = runId,
                version.RunLink,
                ModelId = modelId,
                version.Description,
                Tags = MoveTarget.Objects(tags),
                Version = number,
                CreationTimestamp = version.CreatedAt,
            }, cancellationToken);
            if (!IsFiller(version.Number, made))
                return made;
            await DeleteAsync(rest, made, cancellationToken);
        }
    }

    /// <summary>Whether it only lifts the number that is given next.</summary>
    public static bool IsFiller(int original, MovedVersion made) => made.Number < original && original - made.Number <= MostFilled && made.Tag(MoveTags.Copied) is null;

    public static Task DeleteAsync(MlflowRest rest, MovedVersion version, CancellationToken cancellationToken) =>
        rest.DeleteAsync("model-versions/delete", new { Name = version.Model, Version = RegistryAnswers.Text(version.Number) }, cancellationToken);

    private async Task<MovedVersion> CreateAsync(MovedVersion version, Func<int?, object> body, CancellationToken cancellationToken)
    {
        try
        {
            return await PostAsync(body(version.Number), cancellationToken);
        }
        catch (MlOpsException e) when (e.Kind == ErrorKind.Conflict)
        {
            // The number is another version's: it becomes the next one.
            return await PostAsync(body(null), cancellationToken);
        }
    }

    private async Task<MovedVersion> PostAsync(object body, CancellationToken cancellationToken)
    {
        JsonElement made = await rest.PostAsync("model-versions/create", body, cancellationToken, isSafe: false);
        return RegistryAnswers.Version(made.GetProperty("model_version"));
    }
}
