namespace MlOps.Domain.Experiments;

/// <summary>A named collection of runs.</summary>
/// <param name="Id">Decimal text, never reused; what rows refer to, so that a name can change.</param>
/// <param name="Name">Unique, case-sensitive, 1 to 500 characters; also a deleted experiment keeps its own.</param>
public sealed record Experiment(string Id, string Name, DateTimeOffset CreatedAt)
{
    /// <summary>The experiment that is always there: MLflow's clients log into it when they are told no other.</summary>
    public const string DefaultId = "0";

    /// <summary>The name that the default experiment begins with.</summary>
    public const string DefaultName = "Default";

    /// <summary>Names that it had before, the last 20, oldest first; null for none. Whoever began a run under one of them begins the same run again.</summary>
    public IReadOnlyList<string>? FormerNames { get; init; }

    /// <summary>When its name or lifecycle last changed.</summary>
    public DateTimeOffset UpdatedAt { get; init; } = CreatedAt;

    /// <summary>When it was deleted, and with it all its runs; null while it is active.</summary>
    public DateTimeOffset? DeletedAt { get; init; }

    /// <summary>When its removal for good began; null by far mostly.</summary>
    public DateTimeOffset? PurgedAt { get; init; }

    /// <summary>Where MLflow's clients are told to put artifacts of new runs; null for this server's own store.</summary>
    public string? ArtifactLocation { get; init; }

    // Those without tags are equal as records are: by their values.
    public IReadOnlyDictionary<string, string> Tags { get; init => field = value.Count == 0 ? RunChanges.NoTexts : value; } = RunChanges.NoTexts;
}
