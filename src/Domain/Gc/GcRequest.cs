namespace MlOps.Domain.Gc;

/// <summary>What to remove for good.</summary>
public sealed record GcRequest
{
    public static readonly TimeSpan DefaultAge = TimeSpan.FromDays(30);

    /// <summary>Only what was deleted, or written, at least so long ago; 0 or more. Default: 30 days, and 0 where runs or experiments are named.</summary>
    public TimeSpan? OlderThan { get; init; }

    /// <summary>Only these runs, which must be deleted. Default: all.</summary>
    public IReadOnlyList<string> RunIds { get; init; } = [];

    /// <summary>Only these experiments, which must be deleted, with their runs. Default: all.</summary>
    public IReadOnlyList<string> ExperimentIds { get; init; } = [];

    /// <summary>Also files of the artifact tree that lie in no experiment's place and that nothing refers to: clients may have put them there and know of them. Default: they are only told.</summary>
    public bool Strays { get; init; }

    /// <summary>Only say what would be removed.</summary>
    public bool DryRun { get; init; }

    /// <summary>The <see cref="GcPage.Next"/> of the page before; null for the first.</summary>
    public string? After { get; init; }

    internal bool NamesSome => RunIds.Count + ExperimentIds.Count > 0;

    internal TimeSpan Age => OlderThan ?? (NamesSome ? TimeSpan.Zero : DefaultAge);
}

/// <summary>What a garbage collection did in some seconds, or would do; ask again with <paramref name="Next"/> until it is null.</summary>
public sealed record GcPage(IReadOnlyList<GcItem> Items, string? Next);

public enum GcKind
{
    Run,
    Experiment,

    /// <summary>One that was logged to an experiment.</summary>
    Model,

    /// <summary>Files that belong to nothing.</summary>
    Files,

    /// <summary>What is left by a name that a registered model gave up.</summary>
    Name,
}

public enum GcOutcome
{
    Removed,

    /// <summary>In a dry run: it would be removed.</summary>
    Removable,

    /// <summary>Something refers to it, or it was restored meanwhile.</summary>
    Kept,

    /// <summary>It could not be removed; the next collection tries again.</summary>
    Failed,
}

/// <summary>One thing that a garbage collection looked at.</summary>
/// <param name="Id">Of the run or experiment; of files where they lie; of a name itself.</param>
/// <param name="Experiment">Name of a run's experiment.</param>
/// <param name="DeletedAt">Null for files.</param>
/// <param name="Files">Artifacts; 0 for what is kept, but for files that are told because nothing refers to them.</param>
/// <param name="Bytes">Of artifacts and histories.</param>
/// <param name="Why">Why it was kept, or what failed.</param>
public sealed record GcItem(
    GcKind Kind, string Id, GcOutcome Outcome, string? Experiment = null, string? Name = null, DateTimeOffset? DeletedAt = null, int Files = 0, long Bytes = 0, string? Why = null);
