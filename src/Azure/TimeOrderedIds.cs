using MlOps.Domain;

namespace MlOps.Azure;

/// <summary>Version 7 GUIDs: unique over all instances of the app, and in order of creation to the millisecond.</summary>
internal sealed class TimeOrderedIds(TimeProvider clock) : IIdSource
{
    public string NewId() => Guid.CreateVersion7(clock.GetUtcNow()).ToString("N");
}
