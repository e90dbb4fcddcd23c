namespace MlOps.Domain.Storage;

/// <summary>The limits of Azure Table Storage, held by every adapter alike so that what runs on a laptop runs in the cloud.</summary>
public static class EntityLimits
{
    public const int BatchEntities = 100;
    public const int BatchBytes = 4 << 20;
    public const int EntityBytes = 1 << 20;
    public const int PropertyBytes = 64 << 10;
    public const int Properties = 252;
    public const int PropertyNameChars = 255;
    public const int KeyBytes = 1 << 10;
    public const int PageRows = 1_000;
}
