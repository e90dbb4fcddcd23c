namespace MlOps.Domain.Experiments.Search;

/// <summary>The data sets that the runs of one page used: each description, which may be megabytes, is read once and shared by those runs.</summary>
internal sealed class PageInputs(RunInputs inputs)
{
    private readonly Dictionary<string, DatasetInput> _read = new(StringComparer.Ordinal);

    /// <param name="isHeld">Whether a data set counts with each run (<see cref="RunQuery.HeldBytes"/>).</param>
    /// <returns>The data sets of a run, and the characters by which the page grew.</returns>
    public async Task<(IReadOnlyList<DatasetInput> Inputs, long Size)> LoadAsync(string experimentId, IReadOnlyList<StoredInput> of, bool isHeld, CancellationToken cancellationToken)
    {
        if (of.Count == 0)
            return ([], 0);
        var loaded = new List<DatasetInput>(of.Count);
        long size = 0;
        foreach (StoredInput input in of)
        {
            string path = RunInputs.PathOf(experimentId, input);
            bool isKnown = _read.TryGetValue(path, out DatasetInput? description);
            description ??= _read[path] = await inputs.LoadAsync(experimentId, input, cancellationToken);
            size += isKnown && !isHeld ? 0 : SizeOf(description);
            loaded.Add(description with { Tags = input.Tags });
        }

        return (loaded, size);
    }

    private static long SizeOf(DatasetInput input) => input.Source.Length + (long)(input.Schema?.Length ?? 0) + (input.Profile?.Length ?? 0);
}
