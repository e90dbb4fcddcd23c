using System.Text.Json.Serialization;

namespace MlOps.Domain.Experiments.Issues;

public enum IssueStatus
{
    Pending,
    Rejected,
    Resolved,
}

/// <summary>From the least on.</summary>
public enum IssueSeverity
{
    NotAnIssue,
    Low,
    Medium,
    High,
}

/// <summary>Something that is wrong in traces of an experiment. Traces point to it by assessments (<see cref="Traces.Assessment.IssueName"/>).</summary>
/// <param name="Id">Chosen by the caller, by habit <c>iss-</c> and 32 hexadecimal digits.</param>
public sealed record Issue(string Id, string ExperimentId, string Name, string Description, DateTimeOffset CreatedAt)
{
    public DateTimeOffset UpdatedAt { get; init; } = CreatedAt;

    public IssueStatus Status { get; init; }

    /// <summary>Null for not said.</summary>
    public IssueSeverity? Severity { get; init; }

    public IReadOnlyList<string> RootCauses { get; init; } = [];

    public IReadOnlyList<string> Categories { get; init; } = [];

    /// <summary>The run that found it, which may have been removed since.</summary>
    public string? SourceRunId { get; init; }

    public string? CreatedBy { get; init; }

    /// <summary>Of a search that was asked for it: traces of the experiments searched that point to it.</summary>
    [JsonIgnore]
    public int? TraceCount { get; init; }
}

/// <summary>What to change of an issue; null leaves it.</summary>
public sealed record IssueChanges(string? Name = null, string? Description = null, IssueStatus? Status = null, IssueSeverity? Severity = null);

/// <summary>A search over issues: the gravest first, then those of most traces where these are counted, then the newest.</summary>
public sealed record IssueQuery
{
    /// <summary>Null for all that are not deleted. One that does not exist or is deleted has no issues.</summary>
    public string? ExperimentId { get; init; }

    /// <summary><c>status</c>, <c>source_run_id</c>, <c>severity</c>, <c>name</c>, <c>issue_id</c>, <c>created_by</c>, in the language of runs.</summary>
    public string? Filter { get; init; }

    /// <summary>Whether to count traces, which are looked through for that.</summary>
    public bool CountsTraces { get; init; }

    /// <summary>Issues a page, 1 or more. Default 100.</summary>
    public int Limit { get; init; } = 100;

    /// <summary>From the page before, of the same query with any limit.</summary>
    public string? Continuation { get; init; }
}

/// <summary>A page of issues; null on the last.</summary>
public sealed record IssuePage(IReadOnlyList<Issue> Issues, string? Continuation);
