namespace MlOps.Domain.Experiments.Search;

/// <summary>Which runs a search sees.</summary>
public enum LifecycleView
{
    Active = 1,
    Deleted = 2,
    All = 3,
}

/// <summary>A search over runs.</summary>
/// <param name="ExperimentIds">Those that do not exist have no runs.</param>
public sealed record RunQuery(IReadOnlyList<string> ExperimentIds)
{
    /// <summary>In MLflow's search language, and OR, parentheses and BETWEEN; null or blank for all.</summary>
    public string? Filter { get; init; }

    /// <summary>Fields with ASC or DESC; then follow the newest start and the id.</summary>
    public IReadOnlyList<string> OrderBy { get; init; } = [];

    public LifecycleView View { get; init; } = LifecycleView.Active;

    /// <summary>Runs a page, 1 or more. Default 1,000.</summary>
    public int Limit { get; init; } = 1_000;

    /// <summary>What of each run is answered. Default all.</summary>
    public RunColumns Columns { get; init; } = RunColumns.All;

    /// <summary>
    /// What the page may take, at most, where the caller makes an answer of all of it in memory: a data set counts with each run that used it
    /// then, else once, since its runs share it. A page has one run at least.
    /// </summary>
    public int? HeldBytes { get; init; }

    /// <summary>From the page before, of the same query with any limit and columns.</summary>
    public string? Continuation { get; init; }
}
