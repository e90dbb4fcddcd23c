namespace MlOps.Domain.Registry;

/// <summary>One move of an alias.</summary>
/// <param name="Version">Where it shall point; null removes it.</param>
/// <param name="Expected">
/// Where it must point now for the change to be made: a version, 0 for "it must not exist", null for "anywhere". An alias that is
/// already where it shall be is left alone whatever was expected, so that a repeated change is harmless.
/// </param>
public sealed record AliasChange(string Alias, int? Version, int? Expected = null);
