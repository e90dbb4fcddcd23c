using System.Globalization;

namespace MlOps.Cli.Moving;

/// <summary>An experiment as MLflow's API has it, of whichever server or file.</summary>
/// <param name="CreatedAt">Unix milliseconds; null in databases of old.</param>
internal sealed record MovedExperiment(string Id, string Name, long? CreatedAt, bool IsDeleted, IReadOnlyDictionary<string, string> Tags)
{
    public const string DefaultId = "0";

    /// <summary>Which experiment it is, however it is read: by HTTP or out of the file, from wherever that was moved to.</summary>
    public string Identity => string.Create(CultureInfo.InvariantCulture, $"{Id}@{(CreatedAt is { } at ? at : Name)}");
}

/// <summary>A run with its latest values.</summary>
/// <param name="StartedAt">Unix milliseconds, as <paramref name="EndedAt"/>.</param>
/// <param name="ArtifactUri">Where its files are.</param>
/// <param name="Latest">Of each metric the latest point.</param>
internal sealed record MovedRun(
    string Id,
    string Name,
    string User,
    string Status,
    long? StartedAt,
    long? EndedAt,
    bool IsDeleted,
    string ArtifactUri,
    IReadOnlyList<KeyValuePair<string, string>> Params,
    IReadOnlyList<KeyValuePair<string, string>> Tags,
    IReadOnlyList<MovedPoint> Latest,
    IReadOnlyList<MovedDataset> Datasets)
{
    /// <summary>Null where the source does not say.</summary>
    public string? ExperimentId { get; init; }

    /// <summary>Why it could not be read; it has an id then and nothing else.</summary>
    public string? Unreadable { get; private init; }

    /// <summary>Ids of logged models that it used; MLflow's searches leave them out (<see cref="IMoveSource.ModelInputsAsync"/>).</summary>
    public IReadOnlyList<string> ModelInputs { get; init; } = [];

    /// <summary>Logged models that it made.</summary>
    public IReadOnlyList<MovedOutput> ModelOutputs { get; init; } = [];

    public MovedPlace Place => new(MovedKind.Run, Id, ArtifactUri);

    /// <summary>What <see cref="MoveTags.Copied"/> says of a copy that has all but its artifacts, which could not be read.</summary>
    public string MarkWithoutArtifacts => Fingerprint() + " without artifacts";

    public static MovedRun Strange(string id, Exception e) =>
        new(id, "", "", "RUNNING", null, null, false, "", [], [], [], []) { Unreadable = $"a value of the run cannot be read: {e.Message}" };

    /// <summary>The fingerprint without what a move has tagged it with.</summary>
    public string State() => (this with { Tags = [.. Tags.Where(t => !MoveTags.IsOwn(t.Key))] }).Fingerprint();

    public string? Tag(string name) => Tags.FirstOrDefault(t => t.Key == name).Value;

    /// <summary>Changes with whatever is copied but artifacts, points below the latest and logged models that it used.</summary>
    public string Fingerprint()
    {
        var content = new
        {
            Name,
            User,
            Status,
            StartedAt,
            EndedAt,
            Params = Params.OrderBy(p => p.Key, StringComparer.Ordinal),
            Tags = Tags.OrderBy(t => t.Key, StringComparer.Ordinal),
            Latest = Latest.OrderBy(m => m.Key, StringComparer.Ordinal).Select(m => new { m.Key, Value = BitConverter.DoubleToInt64Bits(m.Value), m.Time, m.Step }),
            Datasets = Datasets.Select(d => $"{d.Name} {d.Digest}").Order(StringComparer.Ordinal),
        };
        string links = string.Join('\n', ModelOutputs.Select(m => $"{m.ModelId} {m.Step}").Order(StringComparer.Ordinal));
        return Fingerprints.Of(links.Length == 0 ? content : (object)new { content, links });
    }
}

/// <summary>A logged model that a run made.</summary>
internal readonly record struct MovedOutput(string ModelId, long Step);

/// <summary>A point of a metric; NaN and infinities as they are.</summary>
internal readonly record struct MovedPoint(string Key, double Value, long Time, long Step)
{
    /// <summary>MLflow keeps the largest numbers in place of infinities.</summary>
    public static double FromMlflow(double value) => value switch
    {
        double.MaxValue => double.PositiveInfinity,
        double.MinValue => double.NegativeInfinity,
        _ => value,
    };
}

/// <summary>A data set that a run used.</summary>
internal sealed record MovedDataset(
    string Name, string Digest, string SourceType, string Source, string? Schema, string? Profile, IReadOnlyList<KeyValuePair<string, string>> Tags);

/// <summary>A file of a run.</summary>
/// <param name="Path">Below the run's root.</param>
/// <param name="Size">Null when not told.</param>
internal sealed record MovedFile(string Path, long? Size);

/// <summary>The content of a file.</summary>
/// <param name="Length">Bytes; null when not told.</param>
internal sealed record MovedContent(Stream Stream, long? Length) : IAsyncDisposable
{
    private const int Buffer = 128 * 1024;

    public ValueTask DisposeAsync() => Stream.DisposeAsync();

    /// <summary>This one, or a file of its bytes that goes when it is closed: then the length is known.</summary>
    public async Task<MovedContent> MeasuredAsync(CancellationToken cancellationToken)
    {
        if (Length is not null)
            return this;
        var file = new FileStream(Path.GetTempFileName(), FileMode.Create, FileAccess.ReadWrite, FileShare.None, Buffer, FileOptions.Asynchronous | FileOptions.DeleteOnClose);
        await Stream.CopyToAsync(file, cancellationToken);
        file.Position = 0;
        return new MovedContent(file, file.Length);
    }
}
