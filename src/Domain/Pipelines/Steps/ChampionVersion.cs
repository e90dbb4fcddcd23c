using MlOps.Domain.Registry;

namespace MlOps.Domain.Pipelines.Steps;

internal static class ChampionVersion
{
    /// <summary>The model's champion, or null when there is no model or no champion yet.</summary>
    public static async Task<ModelVersion?> FindAsync(ModelRegistry registry, string model, CancellationToken cancellationToken)
    {
        try
        {
            return await registry.ResolveAsync(new ModelSelector(model, Alias: RegistryLimits.Champion), cancellationToken);
        }
        catch (MlOpsException e) when (e.Kind == ErrorKind.NotFound)
        {
            return null;
        }
    }
}
