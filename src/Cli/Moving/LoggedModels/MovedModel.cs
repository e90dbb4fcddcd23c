namespace MlOps.Cli.Moving.LoggedModels;

/// <summary>A logged model of MLflow 3.</summary>
/// <param name="Status">As MLflow's API names it: <c>LOGGED_MODEL_READY</c>.</param>
/// <param name="CreatedAt">Unix milliseconds.</param>
/// <param name="RunId">The run that made it; null when none did.</param>
internal sealed record MovedModel(
    string Id,
    string Name,
    string? Type,
    string Status,
    long CreatedAt,
    string? RunId,
    string ArtifactUri,
    IReadOnlyList<KeyValuePair<string, string>> Params,
    IReadOnlyList<KeyValuePair<string, string>> Tags,
    IReadOnlyList<MovedModelMetric> Metrics)
{
    public const string Ready = "LOGGED_MODEL_READY";

    public const string UploadFailed = "LOGGED_MODEL_UPLOAD_FAILED";

    /// <summary>Tag in which a server says which versions were made of it.</summary>
    private const string VersionsTag = "mlflow.modelVersions";

    public string? ExperimentId { get; init; }

    /// <summary>Why it could not be read; it has an id then and nothing else.</summary>
    public string? Unreadable { get; private init; }

    public MovedPlace Place => new(MovedKind.Model, Id, ArtifactUri);

    /// <summary>What a copy of it gets.</summary>
    public IEnumerable<KeyValuePair<string, string>> ForeignTags => Tags.Where(t => !MoveTags.IsOwn(t.Key) && t.Key != VersionsTag);

    /// <summary>What <see cref="MoveTags.Copied"/> says of a copy that has all but artifacts that could not be read, or metrics of runs that were not there.</summary>
    public string Mark(bool hasArtifacts, bool hasMetrics) => $"{Fingerprint()}{(hasArtifacts ? "" : " without artifacts")}{(hasMetrics ? "" : " without metrics")}";

    public static MovedModel Strange(string id, Exception e) => new(id, "", null, "", 0, null, "", [], [], []) { Unreadable = $"a value of the logged model cannot be read: {e.Message}" };

    public string? Tag(string name) => Tags.FirstOrDefault(t => t.Key == name).Value;

    /// <summary>Changes with whatever is copied but artifacts.</summary>
    public string Fingerprint() => Fingerprints.Of(new
    {
        Name,
        Type,
        Status,
        CreatedAt,
        RunId,
        Params = Params.OrderBy(p => p.Key, StringComparer.Ordinal),
        Tags = ForeignTags.OrderBy(t => t.Key, StringComparer.Ordinal),
        Metrics = Metrics.Select(m => m.Key).Order(StringComparer.Ordinal),
    });
}

/// <summary>A value of a metric that was logged with a model's id.</summary>
/// <param name="RunId">To which it was logged.</param>
/// <param name="Dataset">On which it was measured; null when not told.</param>
internal sealed record MovedModelMetric(string RunId, MovedPoint Point, string? Dataset, string? Digest)
{
    /// <summary>Which value it is, to tell it from others.</summary>
    public string Key => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"{RunId}|{Dataset}|{Digest}|{Point.Key}|{Point.Step}|{Point.Time}|{BitConverter.DoubleToInt64Bits(Point.Value)}");
}
