using System.Collections.Concurrent;
using System.Text.Json;
using MlOps.Domain.Storage;
using MlOps.Domain.Workflows;

namespace MlOps.Domain.Experiments;

/// <summary>
/// Descriptions of data sets that runs used, in container <c>run-datasets</c>, path <c>[experiment id]/[hash of name and digest]</c>: the
/// first description of a name and digest stands, so a description that was read never changes.
/// </summary>
internal sealed class RunInputs(IBlobStore blobs)
{
    private const string Container = "run-datasets";

    // Pages of runs mostly name the same few data sets.
    private const int Kept = 256;
    private const int KeptChars = 16 << 10;

    private readonly ConcurrentDictionary<string, DatasetInput> _known = new(StringComparer.Ordinal);

    public async Task StoreAsync(string experimentId, IReadOnlyList<DatasetInput> inputs, CancellationToken cancellationToken)
    {
        foreach (DatasetInput input in inputs)
        {
            string path = PathOf(experimentId, StoredInput.Of(input));
            if (await blobs.FindAsync(Container, path, cancellationToken) is not null)
                continue;
            using var content = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(input with { Tags = RunChanges.NoTexts }, WorkflowJson.Options));
            await blobs.WriteAsync(Container, path, content, BlobWriteOptions.Default, cancellationToken);
        }
    }

    public async Task<IReadOnlyList<DatasetInput>> LoadAsync(RunDocument run, CancellationToken cancellationToken)
    {
        if (run.Inputs is not { Count: > 0 } inputs)
            return [];
        var loaded = new List<DatasetInput>(inputs.Count);
        foreach (StoredInput input in inputs)
            loaded.Add(await LoadAsync(PathOf(run.ExperimentId, input), cancellationToken) with { Tags = input.Tags });
        return loaded;
    }

    private async Task<DatasetInput> LoadAsync(string path, CancellationToken cancellationToken)
    {
        if (_known.TryGetValue(path, out DatasetInput? known))
            return known;
        await using Stream content = await blobs.OpenReadAsync(Container, path, null, cancellationToken);
        DatasetInput input = (await JsonSerializer.DeserializeAsync<DatasetInput>(content, WorkflowJson.Options, cancellationToken))!;
        if (_known.Count >= Kept)
            _known.Clear();
        if (content.Length <= KeptChars)
            _known[path] = input;
        return input;
    }

    private static string PathOf(string experimentId, StoredInput input) => $"{experimentId}/{input.Key}";
}
