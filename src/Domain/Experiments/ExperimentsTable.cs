using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Security.Cryptography;
using MlOps.Domain.Storage;
using MlOps.Domain.Workflows;

namespace MlOps.Domain.Experiments;

/// <summary>
/// Rows of table <c>experiments</c>, all in partition <c>x</c> so that one batch holds "a name has one id": <c>h</c> (the next
/// id), <c>i-[id]</c> (the experiment), <c>n-[hash of the name]</c> (its id; hashed because an escaped name may pass a key's limit).
/// </summary>
internal sealed class ExperimentsTable(IEntityTable tables, TimeProvider time)
{
    private const string Table = "experiments";
    private const string Partition = "x";
    private static readonly EntityKey Header = new(Partition, "h");

    public async Task<Experiment> EnsureAsync(string name, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await FindByNameAsync(name, cancellationToken) is { } known)
                return known;
            try
            {
                return await CreateAsync(name, cancellationToken);
            }
            catch (MlOpsException e) when (e.Code is "entity-exists" or "entity-changed")
            {
                // Somebody else created an experiment meanwhile, perhaps this one: look again.
            }
        }
    }

    public async Task<Experiment?> FindByNameAsync(string name, CancellationToken cancellationToken)
    {
        Entity? row = await tables.FindAsync(Table, new EntityKey(Partition, NameRow(name)), cancellationToken);
        return row is null ? null : await FindAsync(row.Text("id")!, cancellationToken);
    }

    public async Task<Experiment?> FindAsync(string id, CancellationToken cancellationToken)
    {
        Entity? row = await tables.FindAsync(Table, new EntityKey(Partition, IdRow(id)), cancellationToken);
        return row is null ? null : Read(row);
    }

    public async Task<IReadOnlyList<Experiment>> ListAsync(CancellationToken cancellationToken)
    {
        var all = new List<Experiment>();
        await foreach (Entity row in tables.ScanAsync(Table, Partition, new EntityRange("i-"), cancellationToken))
            all.Add(Read(row));
        return [.. all.OrderByDescending(e => e.CreatedAt).ThenBy(e => e.Name, StringComparer.Ordinal)];
    }

    private async Task<Experiment> CreateAsync(string name, CancellationToken cancellationToken)
    {
        Entity? header = await tables.FindAsync(Table, Header, cancellationToken);
        // Id 0 is left for the experiment that MLflow's clients take for granted.
        long id = header?.Int("next") ?? 1;
        var experiment = new Experiment(id.ToString(CultureInfo.InvariantCulture), name, time.GetUtcNow());
        await tables.WriteAsync(Table, [Advance(header, id + 1), Row(experiment), NameOf(experiment)], cancellationToken);
        return experiment;
    }

    private static EntityWrite Advance(Entity? header, long next)
    {
        var row = new Entity(Header.Partition, Header.Row) { ["next"] = next };
        return header is null ? EntityWrite.Insert(row) : EntityWrite.Replace(row, header.ETag!);
    }

    private static EntityWrite Row(Experiment experiment) =>
        EntityWrite.Insert(new Entity(Partition, IdRow(experiment.Id)) { ["doc"] = JsonSerializer.SerializeToUtf8Bytes(experiment, WorkflowJson.Options) });

    private static EntityWrite NameOf(Experiment experiment) =>
        EntityWrite.Insert(new Entity(Partition, NameRow(experiment.Name)) { ["id"] = experiment.Id });

    private static Experiment Read(Entity row) => JsonSerializer.Deserialize<Experiment>(row.Bytes("doc"), WorkflowJson.Options)!;

    private static string IdRow(string id) => "i-" + id;

    private static string NameRow(string name) => "n-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)));
}
