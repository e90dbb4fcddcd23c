using System.Collections.Concurrent;
using System.Text.Json;
using MlOps.Domain.Storage;
using MlOps.Domain.Workflows;

namespace MlOps.Domain.Experiments;

/// <summary>
/// Descriptions of data sets that runs used, in container <c>run-datasets</c>, path <c>[experiment id]/[hash of name and digest]</c>: the
/// first description of a name and digest stands, so a description that was read never changes.
/// </summary>
internal sealed class RunInputs(IBlobStore blobs, TimeProvider time)
{
    public const string Container = "run-datasets";

    /// <summary>One that is older is written again by who refers to it anew, so that it is not taken for one that nobody refers to (<see cref="Purging.ExperimentPurge.NamedDescriptionsAsync"/>).</summary>
    public static readonly TimeSpan Fresh = TimeSpan.FromHours(12);

    // Pages of runs mostly name the same few data sets.
    private const int Kept = 256;
    private const int KeptChars = 16 << 10;

    private readonly ConcurrentDictionary<string, DatasetInput> _known = new(StringComparer.Ordinal);

    public async Task StoreAsync(string experimentId, IReadOnlyList<DatasetInput> inputs, CancellationToken cancellationToken)
    {
        foreach (DatasetInput input in inputs)
        {
            string path = PathOf(experimentId, StoredInput.Of(input));
            if (!await IsThereAsync(path, cancellationToken))
                await CreateAsync(path, input with { Tags = RunChanges.NoTexts }, cancellationToken);
        }
    }

    private async Task CreateAsync(string path, DatasetInput input, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(input, WorkflowJson.Options));
        try
        {
            await blobs.WriteAsync(Container, path, content, BlobWriteOptions.Create, cancellationToken);
        }
        catch (MlOpsException e) when (e.Code == "blob-exists")
        {
            // Another run described it first.
        }
    }

    /// <summary>Of the first description, which stands; from here on it is young.</summary>
    private async Task<bool> IsThereAsync(string path, CancellationToken cancellationToken)
    {
        if (await blobs.FindAsync(Container, path, cancellationToken) is not { } known)
            return false;
        if (time.GetUtcNow() - known.Modified < Fresh)
            return true;
        try
        {
            await using Stream content = await blobs.OpenReadAsync(Container, path, null, cancellationToken);
            await blobs.WriteAsync(Container, path, content, new BlobWriteOptions(IfMatch: known.ETag), cancellationToken);
            return true;
        }
        catch (MlOpsException e) when (e.Code is "blob-missing" or "blob-changed")
        {
            // Removed, or made young by another; either way there is nothing older to keep.
            return await blobs.FindAsync(Container, path, cancellationToken) is not null;
        }
    }

    public async Task<IReadOnlyList<DatasetInput>> LoadAsync(RunDocument run, CancellationToken cancellationToken)
    {
        var loaded = new List<DatasetInput>();
        foreach (StoredInput input in run.Inputs ?? [])
            loaded.Add(await LoadAsync(run.ExperimentId, input, cancellationToken) with { Tags = input.Tags });
        return loaded;
    }

    /// <summary>The description, without tags. Where somebody removed it, name and digest, which the run has itself, are still told.</summary>
    public async Task<DatasetInput> LoadAsync(string experimentId, StoredInput input, CancellationToken cancellationToken)
    {
        try
        {
            return await LoadAsync(PathOf(experimentId, input), cancellationToken);
        }
        catch (MlOpsException e) when (e.Code == "blob-missing")
        {
            return new DatasetInput(input.Name, input.Digest, "", "");
        }
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

    internal static string PathOf(string experimentId, StoredInput input) => $"{experimentId}/{input.Key}";
}
