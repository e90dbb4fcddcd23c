using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Registry;

/// <summary>
/// Which versions were registered from a run. Table <c>modelIndex</c>, partition <c>r-[hash of the run id]</c>, row <c>[version]-[partition of
/// the model]</c>: <c>name</c>, what the model was called then. A row is written before its version; one without a version of that run says
/// nothing. Row <c>built</c> of partition <c>r</c> says that the versions from before there was an index are in it.
/// </summary>
internal sealed class VersionsOfRuns(IEntityTable tables)
{
    private const string Table = "modelIndex";

    private static readonly EntityKey Built = new("r", "built");

    private volatile bool _isBuilt;

    public Task AddAsync(string partition, ModelVersion version, CancellationToken cancellationToken) => version.RunId.Length == 0 ? Task.CompletedTask
        : tables.WriteAsync(Table, EntityWrite.Upsert(new Entity(PartitionOf(version.RunId), RowOf(partition, version.Version)) { ["name"] = version.Model }), cancellationToken);

    public Task RemoveAsync(string partition, ModelVersion version, CancellationToken cancellationToken) => version.RunId.Length == 0 ? Task.CompletedTask
        : tables.RemoveAsync(Table, new EntityKey(PartitionOf(version.RunId), RowOf(partition, version.Version)), cancellationToken);

    /// <summary>Where such versions may be.</summary>
    public async IAsyncEnumerable<(string Partition, string Name, int Version)> ListAsync(string runId, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (Entity row in tables.ScanAsync(Table, PartitionOf(runId), EntityRange.All, cancellationToken))
        {
            int dash = row.Key.Row.IndexOf('-', StringComparison.Ordinal);
            yield return (row.Key.Row[(dash + 1)..], row.Text("name")!, int.Parse(row.Key.Row.AsSpan(0, dash), NumberStyles.None, CultureInfo.InvariantCulture));
        }
    }

    /// <summary>Puts in the versions from before there was an index, once.</summary>
    public async Task BuildAsync(IAsyncEnumerable<(string Partition, ModelVersion Version)> all, CancellationToken cancellationToken)
    {
        if (_isBuilt)
            return;
        if (await tables.FindAsync(Table, Built, cancellationToken) is null)
        {
            await foreach ((string partition, ModelVersion version) in all.WithCancellation(cancellationToken))
                await AddAsync(partition, version, cancellationToken);
            await tables.TryInsertAsync(Table, new Entity(Built.Partition, Built.Row), cancellationToken);
        }

        _isBuilt = true;
    }

    internal static string PartitionOf(string runId) => "r-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(runId)).AsSpan(0, 16));

    private static string RowOf(string partition, int version) => string.Create(CultureInfo.InvariantCulture, $"{version:D10}-{partition}");
}
