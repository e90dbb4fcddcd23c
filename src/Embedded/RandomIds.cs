using MlOps.Domain;

namespace MlOps.Embedded;

/// <summary>Version 7 GUIDs of the given clock: unique, and in order of creation to the millisecond.</summary>
public sealed class RandomIds(TimeProvider clock) : IIdSource
{
    public string NewId() => Guid.CreateVersion7(clock.GetUtcNow()).ToString("N");
}
