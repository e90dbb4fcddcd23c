using System.Runtime.CompilerServices;
using MlOps.Domain.Storage;
using MlOps.Learning.Tables;

namespace MlOps.Domain.Datasets;

/// <summary>Data sets and their immutable, content-addressed versions.</summary>
public sealed class DatasetCatalog(IEntityTable tables, IBlobStore blobStore, TimeProvider time)
{
    /// <summary>The container of all that data sets are made of; uploads come to it as <c>[data set]/inbox/[file]</c>.</summary>
    public const string Container = DatasetBlobs.Container;

    private readonly DatasetsTable _rows = new(tables);
    private readonly DatasetBlobs _blobs = new(blobStore, time);
    private readonly TableCache _cache = new();

    /// <summary>
    /// Makes the content the next version of the data set, or finds the version that has the same bytes. The content is parsed
    /// first: what does not parse leaves nothing behind.
    /// </summary>
    /// <exception cref="MlOpsException">
    /// Invalid: <c>dataset-name</c>, <c>dataset-format</c>, <c>dataset-no-rows</c>, <c>dataset-columns-missing</c>,
    /// <c>dataset-ref</c> (the parent), or what <see cref="CsvReader"/> and <see cref="JsonLinesReader"/> report. NotFound:
    /// <c>dataset-missing</c> (the parent). Conflict <c>dataset-read-otherwise</c>: a version has these bytes but other types or
    /// another delimiter than the options say.
    /// </exception>
    public async Task<DatasetAdded> AddAsync(string name, Stream content, DatasetAddOptions options, CancellationToken cancellationToken)
    {
        var addition = new DatasetAddition(_rows, _blobs, time, DatasetName.CheckTaken(name), options);
        if (options.Parent is { } parent)
            await GetAsync(DatasetRef.Parse(parent), cancellationToken);
        if (content.CanSeek)
            return await addition.RunAsync(content, cancellationToken);
        string incoming = await _blobs.WriteIncomingAsync(name, content, cancellationToken);
        try
        {
            await using Stream stored = await _blobs.OpenIncomingAsync(incoming, cancellationToken);
            return await addition.RunAsync(stored, cancellationToken);
        }
        finally
        {
            await _blobs.DeleteAsync(incoming, null, CancellationToken.None);
        }
    }

    /// <exception cref="MlOpsException">NotFound <c>dataset-missing</c> or <c>dataset-version-missing</c>.</exception>
    public async Task<DatasetVersion> GetAsync(DatasetRef reference, CancellationToken cancellationToken) =>
        (await RowAsync(reference, cancellationToken)).Version;

    /// <summary>The latest version of every data set, by name.</summary>
    public async Task<IReadOnlyList<DatasetVersion>> ListAsync(CancellationToken cancellationToken)
    {
        var all = new List<DatasetVersion>();
        await foreach (string name in _rows.ListNamesAsync(cancellationToken))
        {
            (int latest, _) = await _rows.FindLatestAsync(name, cancellationToken);
            if (latest > 0)
                all.Add((await _rows.FindAsync(name, latest, cancellationToken))!.Version);
        }

        return all;
    }

    /// <summary>Every version of a data set, newest first.</summary>
    /// <exception cref="MlOpsException">NotFound <c>dataset-missing</c>.</exception>
    public async Task<IReadOnlyList<DatasetVersion>> ListVersionsAsync(string name, CancellationToken cancellationToken)
    {
        var versions = new List<DatasetVersion>();
        await foreach (DatasetRow row in _rows.ListAsync(name, cancellationToken))
            versions.Add(row.Version);
        return versions.Count > 0 ? versions : throw await MissingAsync(name, cancellationToken);
    }

    /// <summary>The version's table, read with its stored schema. Tables used lately are kept.</summary>
    public Task<Table> LoadAsync(DatasetVersion version, CancellationToken cancellationToken) =>
        _cache.GetAsync(version.Ref.ToString() + version.Digest, () => ReadAsync(version.Ref), cancellationToken);

    /// <summary>The version's bytes.</summary>
    public Task<Stream> OpenAsync(DatasetVersion version, CancellationToken cancellationToken) => _blobs.OpenAsync(version.Digest, cancellationToken);

    /// <summary>Where the version can be cut into ranges of so many rows: one pass over its bytes with memory for a block.</summary>
    public async Task<FileCut> CutAsync(DatasetVersion version, int rows, CancellationToken cancellationToken)
    {
        DatasetRow row = await RowAsync(version.Ref, cancellationToken);
        await using Stream stream = await _blobs.OpenAsync(version.Digest, cancellationToken);
        return await row.Format.CutAsync(stream, rows, cancellationToken);
    }

    /// <summary>The rows of a range in batches, with memory for one, and without a look at the rest of the version.</summary>
    /// <param name="cut">The cut that the range is of; its list of ranges is not looked at.</param>
    /// <param name="columns">The columns wanted, in that order, with the types of the version.</param>
    public async IAsyncEnumerable<Table> ReadRangeAsync(
        DatasetVersion version, FileCut cut, FileRange range, IReadOnlyList<string> columns, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        DatasetRow row = await RowAsync(version.Ref, cancellationToken);
        var schema = new TableSchema([.. columns.Select(c => version.Schema.Find(c)!)]);
        await using Stream part = new JoinedStream(
        [
            new(cut.HeaderBytes, token => _blobs.OpenAsync(version.Digest, new BlobRange(0, cut.HeaderBytes), token)),
            new(range.Length, token => _blobs.OpenAsync(version.Digest, new BlobRange(range.Offset, range.Length), token)),
        ]);
        await foreach (Table batch in row.Format.ReadBatchesAsync(part, schema, range.FirstLine - 1 - cut.HeaderLines, cancellationToken))
            yield return batch;
    }

    /// <summary>The version's bytes, for a caller far away.</summary>
    /// <param name="fileName">What a browser saves it as.</param>
    public Task<Download> DownloadAsync(DatasetVersion version, string fileName, CancellationToken cancellationToken) =>
        _blobs.DownloadAsync(version.Digest, fileName, cancellationToken);

    /// <summary>The profile that was made when the version was added.</summary>
    public async Task<TableProfile> ProfileAsync(DatasetVersion version, CancellationToken cancellationToken)
    {
        DatasetRow row = await RowAsync(version.Ref, cancellationToken);
        return await _blobs.ReadProfileAsync(row.ProfileDigest, cancellationToken);
    }

    /// <summary>
    /// Deletes content that no version refers to and uploads that were broken off, both at least <paramref name="age"/> old. An
    /// addition that takes longer than that may lose its content: give a day or more.
    /// </summary>
    /// <returns>The number of blobs deleted.</returns>
    public Task<int> CollectGarbageAsync(TimeSpan age, CancellationToken cancellationToken) =>
        new DatasetGarbage(_rows, _blobs).CollectAsync(time.GetUtcNow() - age, cancellationToken);

    /// <summary>Whether a file is of an upload that is not checked yet.</summary>
    internal static bool IsArriving(string path) => path.StartsWith(DatasetBlobs.IncomingPrefix, StringComparison.Ordinal);

    /// <summary>Paths of the files that versions refer to.</summary>
    internal Task<IReadOnlySet<string>> NamedFilesAsync(CancellationToken cancellationToken) => new DatasetGarbage(_rows, _blobs).NamedAsync(cancellationToken);

    private async Task<Table> ReadAsync(DatasetRef reference)
    {
        DatasetRow row = await RowAsync(reference, CancellationToken.None);
        await using Stream stream = await _blobs.OpenAsync(row.Version.Digest, CancellationToken.None);
        return await row.Format.ReadAsync(stream, row.Version.Schema.Columns.ToDictionary(c => c.Name, c => c.Type), CancellationToken.None);
    }

    private async Task<DatasetRow> RowAsync(DatasetRef reference, CancellationToken cancellationToken)
    {
        (int latest, _) = await _rows.FindLatestAsync(reference.Name, cancellationToken);
        if (latest == 0)
            throw await MissingAsync(reference.Name, cancellationToken);
        return await _rows.FindAsync(reference.Name, reference.Version ?? latest, cancellationToken) ?? throw MlOpsException.NotFound(
            "dataset-version-missing", $"data set '{reference.Name}' has no version {reference.Version}; the latest is {latest}");
    }

    private async Task<MlOpsException> MissingAsync(string name, CancellationToken cancellationToken)
    {
        string[] names = [.. (await ListAsync(cancellationToken)).Select(v => v.Name)];
        string known = names.Length == 0 ? "there are none yet" : $"there are: {string.Join(", ", names.Take(20))}";
        return MlOpsException.NotFound("dataset-missing", $"data set '{name}' does not exist{NameSuggestion.Hint(name, names)} ({known})");
    }
}
