namespace MlOps.Cli.Moving;

/// <summary>What a move did, or would do.</summary>
/// <param name="Problems">What could not be copied; it is tried again by the same command.</param>
/// <param name="Notes">What was left out on purpose.</param>
internal sealed record MoveReport(string From, string To, bool DryRun, IReadOnlyList<MovedCounts> Experiments, IReadOnlyList<MoveProblem> Problems, IReadOnlyList<string> Notes);

/// <summary>Of one experiment.</summary>
/// <param name="Target">The copy's name; null when it would be made.</param>
/// <param name="Copied">Runs that were copied, or would be.</param>
/// <param name="Unchanged">Runs that are there already.</param>
/// <param name="Left">Runs that were deleted where they are copied to.</param>
/// <param name="Failed">Runs that were not copied whole.</param>
internal sealed record MovedCounts(string Id, string Name, string? Target, int Copied, int Unchanged, int Left, int Failed, long Points, int Files, long Bytes);

/// <summary>What could not be copied, and where.</summary>
/// <param name="File">Null when it is not about one file.</param>
internal sealed record MoveProblem(string Experiment, string? Run, string? File, string Message);
