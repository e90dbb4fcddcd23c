namespace MlOps.Api;

/// <summary>What a host decides about the API.</summary>
public sealed record ApiOptions
{
    /// <summary>Largest request body in bytes, 413 above it. Default 64 MiB.</summary>
    public long MaxRequestBytes { get; init; } = 64L << 20;

    /// <summary>Most values (rows times features) of a prediction request, 413 above it. Default 10 million.</summary>
    public long MaxRequestValues { get; init; } = 10_000_000;

    /// <summary>
    /// Most values of a prediction request that cannot be read straight into numbers (instants, free text, wrong types), where each takes
    /// some hundred bytes for a while. Default 1 million.
    /// </summary>
    public long MaxGeneralValues { get; init; } = 1_000_000;

    /// <summary>Most scores (rows times classes) of an answer, 413 above it. Default 10 million.</summary>
    public long MaxAnswerValues { get; init; } = 10_000_000;

    /// <summary>Largest data set file in bytes. Default 4 GiB.</summary>
    public long MaxUploadBytes { get; init; } = 4L << 30;

    /// <summary>Largest artifact of a run, or part of one, in bytes. Default: none, files go to the store as they come.</summary>
    public long MaxArtifactBytes { get; init; } = long.MaxValue;

    /// <summary>
    /// Whether requests from this machine need no token while none exists. Default yes; a host that listens for others says no.
    /// Requests on a <see cref="TrustedConnection"/> never need one.
    /// </summary>
    public bool OpenOnLoopback { get; init; } = true;

    /// <summary>
    /// The model (or selector, <c>churn@champion</c>) that protocols without a model's name in their path use when the request names
    /// none and not exactly one model has an endpoint. Default: none.
    /// </summary>
    public string? DefaultModel { get; init; }

    /// <summary>The folder of MLflow's built web UI, which is then at <c>/</c>. Default: none.</summary>
    public string? MlflowUi { get; init; }

    /// <summary>The version that <c>/version</c> and <c>/v2</c> tell.</summary>
    public string Version { get; init; } = "0.1.0";
}
