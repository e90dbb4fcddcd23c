namespace MlOps.Domain.Experiments.Search;

/// <summary>
/// What searches need of a run, packed: keys are numbers of the index's <see cref="KeyPool"/>, ascending, with their values beside them;
/// 12 bytes a metric. Never changed: another state of the run is another object.
/// </summary>
internal sealed class PackedRun
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    public string? User { get; init; }

    public RunStatus Status { get; init; }

    /// <summary>To the tick, of which the key of the run's row is made.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>Unix milliseconds, as in the protocols and filters.</summary>
    public required long Start { get; init; }

    public long? End { get; init; }

    public bool IsDeleted { get; init; }

    public required PackedValues<double> Metrics { get; init; }

    public required PackedValues<string> Params { get; init; }

    public required PackedValues<string> Tags { get; init; }

    public IReadOnlyList<PackedDataset> Datasets { get; init; } = [];

    /// <summary>Newest first; the id decides between runs of one millisecond.</summary>
    public static int Compare(PackedRun a, PackedRun b) => a.Start != b.Start ? b.Start.CompareTo(a.Start) : string.CompareOrdinal(a.Id, b.Id);
}

/// <param name="Context">What it was used for; null when nobody said.</param>
internal sealed record PackedDataset(string Name, string Digest, string? Context);

/// <summary>Values by key number.</summary>
internal readonly struct PackedValues<T>(int[] keys, T[] values)
{
    public int Count => keys.Length;

    public bool TryGet(int key, out T value)
    {
        int at = Array.BinarySearch(keys, key);
        value = at < 0 ? default! : values[at];
        return at >= 0;
    }
}
