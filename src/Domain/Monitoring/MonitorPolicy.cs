using MlOps.Learning.Statistics;

namespace MlOps.Domain.Monitoring;

/// <summary>What watches one registered model. Null parts are off.</summary>
public sealed record MonitorPolicy
{
    public required string Model { get; init; }

    /// <summary>Who put it in force and may end it, for example a pipeline's name; null: anybody.</summary>
    public string? Owner { get; init; }

    public DriftPolicy? Drift { get; init; }

    public PerformancePolicy? Performance { get; init; }

    /// <summary>Gets every alert as JSON by POST: its URL, or <c>secret:NAME</c> (<see cref="WebhookAddress"/>). Null: alerts go to the log and the list only.</summary>
    public Uri? Webhook { get; init; }

    public RetrainPolicy? Retrain { get; init; }
}

/// <summary>Compare the inputs of logged predictions with the champion's training data.</summary>
public sealed record DriftPolicy
{
    /// <summary>Time between checks, at least 1 second.</summary>
    public TimeSpan Every { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How far back from the check predictions are looked at.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromDays(1);

    /// <summary>With fewer predictions in the window the check reports <see cref="ReportStatus.NotEnoughRows"/>.</summary>
    public int MinRows { get; init; } = 200;

    /// <summary>Inputs that are not compared.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>When a change counts as drift; by default 30 % of the columns must have drifted.</summary>
    public DriftOptions Options { get; init; } = new() { DriftShare = 0.3 };
}

/// <summary>Hold a metric of the champion on predictions whose truth came in.</summary>
public sealed record PerformancePolicy
{
    public required string Metric { get; init; }

    /// <summary>A lower value is a breach; one of the two limits is given.</summary>
    public double? AtLeast { get; init; }

    /// <summary>A higher value is a breach.</summary>
    public double? AtMost { get; init; }

    public TimeSpan Every { get; init; } = TimeSpan.FromHours(1);

    public TimeSpan Window { get; init; } = TimeSpan.FromDays(7);

    public int MinRows { get; init; } = 100;
}

/// <summary>Which workflow to start when an alarm is raised, and how often at most.</summary>
/// <param name="Workflow">Takes a <see cref="RetrainRequest"/>.</param>
/// <param name="Subject">What the workflow shall train again, for example a pipeline's name.</param>
/// <param name="Cooldown">Least time from one retrain to the next; one started is counted, however it ends.</param>
/// <param name="Dataset">Non-null: first add a version of this data set, its newest rows plus logged predictions whose truth is known.</param>
public sealed record RetrainPolicy(string Workflow, string Subject, bool OnDrift, bool OnPerformance, TimeSpan Cooldown, string? Dataset = null);

/// <summary>The input of a retrain workflow.</summary>
/// <param name="Cause"><c>drift</c> or <c>performance</c>.</param>
/// <param name="Dataset">The data set version to train on (<c>telco@4</c>), or null for the newest.</param>
public sealed record RetrainRequest(string Subject, string Model, string Cause, string ReportId, string? Dataset);

/// <summary>A policy and since when it is in force: checks fall due every so often from then on.</summary>
public sealed record MonitorState(MonitorPolicy Policy, DateTimeOffset Since);
