using MlOps.Domain.Registry;

namespace MlOps.Domain.Pipelines.Steps;

internal static class ChampionVersion
{
    /// <summary>The model's champion, or null when there is no model or no champion yet.</summary>
    public static async Task<ModelVersion?> FindAsync(ModelRegistry registry, string model, CancellationToken cancellationToken)
    {
        var champion = new ModelSelector(model, Alias: RegistryLimits.Champion);
        try
        {
            return await registry.ResolveAsync(champion, cancellationToken);
        }
        catch (MlOpsException e) when (e.Code == "model-not-importable")
        {
            // It is compared as what it is: a version that cannot be scored here.
            return await registry.FindAsync(champion, cancellationToken);
        }
        catch (MlOpsException e) when (e.Kind == ErrorKind.NotFound)
        {
            return null;
        }
    }
}
