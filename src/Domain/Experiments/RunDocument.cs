using System.Text.Json;
using System.Text.Json.Serialization;
using MlOps.Domain.Storage;
using MlOps.Domain.Workflows;

namespace MlOps.Domain.Experiments;

/// <summary>A run as it is stored, in one row, a long one with parts beside it (<see cref="DocumentParts"/>): fields are only ever added.</summary>
internal sealed record RunDocument
{
    public required string Id { get; init; }

    public required string ExperimentId { get; init; }

    public required string Name { get; init; }

    public RunStatus Status { get; init; }

    public required DateTimeOffset StartedAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    public string? Reason { get; init; }

    public string? User { get; init; }

    public DateTimeOffset? DeletedAt { get; init; }

    /// <summary>When its removal for good began (<see cref="Purging.ExperimentPurge"/>): nothing brings it back from there.</summary>
    public DateTimeOffset? PurgedAt { get; init; }

    /// <summary>Its row is to be deleted by the write that stores this.</summary>
    [JsonIgnore]
    public bool IsRemoved { get; init; }

    public RunLineage Lineage { get; init; } = RunLineage.None;

    /// <summary>Null for none, as in the next two: most runs have none.</summary>
    public IReadOnlyList<StoredInput>? Inputs { get; init; }

    public IReadOnlyList<ModelLink>? ModelInputs { get; init; }

    public IReadOnlyList<ModelLink>? ModelOutputs { get; init; }

    [JsonConverter(typeof(TextsJson))]
    public SortedDictionary<string, string> Params { get; init; } = new(StringComparer.Ordinal);

    [JsonConverter(typeof(TextsJson))]
    public SortedDictionary<string, string> Tags { get; init; } = new(StringComparer.Ordinal);

    [JsonConverter(typeof(LatestMetricsJson))]
    public NamedValues<LatestMetric> Metrics { get; init; } = new();

    /// <summary>Points that are not in <see cref="MetricLogTable"/> yet; beside the JSON in the run's row.</summary>
    [JsonIgnore]
    public MetricTail Tail { get; init; } = new();

    /// <summary>Of what the stored document is made.</summary>
    [JsonIgnore]
    public PieceList Pieces { get; init; } = PieceList.None;

    public static RunDocument Read(byte[] json, byte[]? tail) =>
        JsonSerializer.Deserialize<RunDocument>(json, WorkflowJson.Options)! with { Tail = MetricTail.Read(tail) };

    /// <summary>Without params, tags and metrics.</summary>
    public RunDocument Emptied() => this with { Params = new(StringComparer.Ordinal), Tags = new(StringComparer.Ordinal), Metrics = new() };

    public byte[] Write() => JsonSerializer.SerializeToUtf8Bytes(this, WorkflowJson.Options);

    public Run ToRun(Experiment experiment, IReadOnlyList<DatasetInput>? inputs = null) => new(
        Id, experiment.Name, Name, Status, StartedAt, EndedAt, Params, Metrics.ToDictionary(m => m.Key, m => m.Value.V), Tags, Lineage, Reason)
    {
        ExperimentId = ExperimentId,
        User = User,
        DeletedAt = DeletedAt ?? experiment.DeletedAt ?? PurgedAt,
        ArtifactLocation = experiment.ArtifactLocation,
        Inputs = inputs ?? [],
        ModelInputs = ModelInputs ?? [],
        ModelOutputs = ModelOutputs ?? [],
        LatestMetrics = [.. Metrics.Select(m => m.Value.ToPoint(m.Key))],
    };
}

/// <summary>Value, step and Unix milliseconds; short names because every run row carries one per metric.</summary>
internal readonly record struct LatestMetric(double V, long S, long T) : IComparable<LatestMetric>
{
    /// <summary>-0.0 becomes 0.0: they are one value, so one point.</summary>
    public static LatestMetric Of(MetricPoint point) => new(point.Value + 0.0, point.Step, point.Time.ToUnixTimeMilliseconds());

    public MetricPoint ToPoint(string name) => new(name, V, S, DateTimeOffset.FromUnixTimeMilliseconds(T));

    /// <summary>NaN is below every number, so that a real value at the same step and time stands.</summary>
    public bool IsLaterThan(LatestMetric other) => S != other.S ? S > other.S : T != other.T ? T > other.T : V.CompareTo(other.V) > 0;

    /// <summary>By step, time, value; the bits decide between 0.0 and -0.0, which older stores have, so that equal points stand side by side.</summary>
    public int CompareTo(LatestMetric other)
    {
        if (S != other.S)
            return S < other.S ? -1 : 1;
        if (T != other.T)
            return T < other.T ? -1 : 1;
        return V.CompareTo(other.V) is not 0 and int order ? order : BitConverter.DoubleToInt64Bits(V).CompareTo(BitConverter.DoubleToInt64Bits(other.V));
    }
}
