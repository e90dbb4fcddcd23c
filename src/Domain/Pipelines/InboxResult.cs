namespace MlOps.Domain.Pipelines;

public enum InboxVerdict
{
    /// <summary>A new data set version.</summary>
    Added,

    /// <summary>The bytes of a version that was there already.</summary>
    Known,

    /// <summary>It will never be a version; the reason stands in <c>rejected/</c>.</summary>
    Rejected,

    /// <summary>It is not there, or no longer: it was taken before, or withdrawn.</summary>
    Gone,
}

/// <summary>What became of a file.</summary>
/// <param name="File">Relative to the inbox.</param>
/// <param name="Version">The data set version, or null when rejected.</param>
/// <param name="Runs">Pipeline runs that it started, or had started before.</param>
public sealed record InboxResult(string File, InboxVerdict Verdict, string? Version, IReadOnlyList<string> Runs, string? Reason);
