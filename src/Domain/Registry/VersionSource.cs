namespace MlOps.Domain.Registry;

/// <summary>What is registered as a version by MLflow's clients: files of theirs, which become a model of ours when it is asked for.</summary>
/// <param name="Uri">Where the client says the files are: a location, or <c>models:/churn/3</c> for a copy.</param>
/// <param name="Location">Where they really are, and what the client is told to download.</param>
public sealed record SourceRegistration(string Uri, string Location)
{
    /// <summary>The run that made it, which need not be one of this server's; null: not known.</summary>
    public string? RunId { get; init; }

    /// <summary>For people.</summary>
    public string? RunLink { get; init; }

    /// <summary>The logged model of MLflow 3 that it is.</summary>
    public string? ModelId { get; init; }

    public string? Description { get; init; }

    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    /// <summary>The version that it is a copy of, whose model it has; null for none.</summary>
    public ModelVersion? CopyOf { get; init; }

    /// <summary>For who moves a registry here: the number to give, above all given so far. Null: the next one.</summary>
    public int? Number { get; init; }

    /// <summary>For who moves a registry here. Null: now.</summary>
    public DateTimeOffset? CreatedAt { get; init; }
}

/// <summary>Where a version comes from that an MLflow client registered.</summary>
/// <param name="Uri">As the client gave it.</param>
/// <param name="Location">Where its files are.</param>
public sealed record VersionSource(string Uri, string Location, string? RunLink = null, string? ModelId = null)
{
    /// <summary>How its files were read; null until its model is asked for.</summary>
    public SourceImport? Import { get; init; }
}

/// <summary>How the model of an MLflow client became one of ours.</summary>
/// <param name="File">Its path below the source's location.</param>
/// <param name="Format">What the file was: <c>onnx</c>.</param>
/// <param name="Producer">What wrote the file.</param>
/// <param name="Notes">What the owner should know; often none.</param>
public sealed record SourceImport(string File, string Format, string Producer, IReadOnlyList<string> Notes, DateTimeOffset At);
