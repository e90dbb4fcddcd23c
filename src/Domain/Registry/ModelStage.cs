namespace MlOps.Domain.Registry;

/// <summary>MLflow's stages, which it has replaced by aliases and which its clients still set. They mean nothing to serving here.</summary>
public enum ModelStage
{
    None,
    Staging,
    Production,
    Archived,
}
