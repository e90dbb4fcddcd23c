namespace MlOps.Cli.Moving;

/// <summary>What a move did, or would do.</summary>
/// <param name="Models">Registered models.</param>
/// <param name="Problems">What could not be copied; it is tried again by the same command.</param>
/// <param name="Notes">What was left out on purpose.</param>
internal sealed record MoveReport(
    string From, string To, bool DryRun, IReadOnlyList<MovedCounts> Experiments, IReadOnlyList<MovedModelCounts> Models, IReadOnlyList<MoveProblem> Problems, IReadOnlyList<string> Notes);

/// <summary>Of one experiment.</summary>
/// <param name="Target">The copy's name; null when it would be made.</param>
/// <param name="Copied">Runs that were copied, or would be.</param>
/// <param name="Unchanged">Runs that are there already.</param>
/// <param name="Left">Runs that were deleted where they are copied to.</param>
/// <param name="Failed">Runs that were not copied whole.</param>
/// <param name="Files">Of runs and logged models.</param>
internal sealed record MovedCounts(string Id, string Name, string? Target, int Copied, int Unchanged, int Left, int Failed, long Points, int Files, long Bytes)
{
    public MovedParts LoggedModels { get; init; } = MovedParts.None;

    public MovedParts Traces { get; init; } = MovedParts.None;
}

/// <summary>Of things of one kind; as of runs in <see cref="MovedCounts"/>.</summary>
internal sealed record MovedParts(int Copied, int Unchanged, int Left, int Failed)
{
    public static MovedParts None { get; } = new(0, 0, 0, 0);
}

/// <summary>Versions of one registered model.</summary>
internal sealed record MovedModelCounts(string Name, int Copied, int Unchanged, int Left, int Failed);

/// <summary>What could not be copied, and where.</summary>
/// <param name="Experiment">Null when it is about a registered model.</param>
/// <param name="File">Null when it is not about one file.</param>
internal sealed record MoveProblem(string? Experiment, string? Run, string? File, string Message)
{
    public string? LoggedModel { get; init; }

    public string? Trace { get; init; }

    /// <summary>A registered model.</summary>
    public string? Model { get; init; }

    /// <summary>Of the registered model; null when it is about all of it.</summary>
    public int? Version { get; init; }
}
