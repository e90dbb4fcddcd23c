namespace MlOps.Embedded.Tests;

/// <summary>Tests that measure or load the whole process run beside no other.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "alone";
}
