using System.Globalization;
using MlOps.Domain.Datasets;
using MlOps.Domain.Serving.Log;
using MlOps.Domain.Storage;
using MlOps.Learning.Tables;

namespace MlOps.Domain.Monitoring;

/// <summary>
/// Adds the data set version that a retrain learns from: the newest version that people (or the inbox) gave, plus every logged
/// prediction since then whose truth is known. It never builds on a version it made itself, so no row gets in twice and late
/// truth is not lost.
/// </summary>
public sealed class RetrainData(DatasetCatalog datasets, LabelledRows labelled, IEntityTable tables, IBlobStore blobs)
{
    /// <summary>What <see cref="DatasetLineage.Source"/> says of versions made here.</summary>
    public const string Source = "feedback";

    /// <summary>What <see cref="DatasetLineage.MadeBy"/> says of them: a source is only a name, which an upload may have too.</summary>
    private const string Maker = "monitoring";

    /// <summary>The container of data that is put together.</summary>
    internal const string Container = "retrain-data";
    private const string Table = "monitors";
    private const string Partition = "appended";

    /// <summary>Adds the version; a second call with the same key gives the first one's, though more truth may have come in since.</summary>
    /// <returns>Its reference, <c>telco@4</c>.</returns>
    internal async Task<string> AppendAsync(string key, string dataset, string model, DateTimeOffset to, CancellationToken cancellationToken)
    {
        if (await tables.FindAsync(Table, new(Partition, key), cancellationToken) is { } done)
            return done.Text("dataset")!;
        DatasetVersion parent = await ParentAsync(dataset, cancellationToken);
        string path = KeyEscape.Escape(key).Replace('!', '_') + ".csv";
        string detail = await PrepareAsync(path, parent, model, to, cancellationToken);
        string added = await AddAsync(path, parent, detail, cancellationToken);
        await tables.WriteAsync(Table, EntityWrite.Upsert(new Entity(Partition, key) { ["dataset"] = added }), cancellationToken);
        await blobs.DeleteAsync(Container, path, null, cancellationToken);
        return added;
    }

    private async Task<DatasetVersion> ParentAsync(string dataset, CancellationToken cancellationToken)
    {
        IReadOnlyList<DatasetVersion> versions = await datasets.ListVersionsAsync(dataset, cancellationToken);
        return versions.FirstOrDefault(v => v.Lineage.MadeBy != Maker)
            ?? throw MlOpsException.NotFound("dataset-missing", $"data set '{dataset}' has no version to build on");
    }

    /// <summary>Fixes the bytes before anything is added, so that a crash in between cannot lead to two versions.</summary>
    private async Task<string> PrepareAsync(string path, DatasetVersion parent, string model, DateTimeOffset to, CancellationToken cancellationToken)
    {
        if (await blobs.FindAsync(Container, path, cancellationToken) is { } prepared)
            return prepared.Metadata["detail"];
        LabelledData data = await labelled.ReadAsync(model, parent.CreatedAt, to, cancellationToken);
        string left = data.LeftOut == 0 ? "" : $", without {data.LeftOut} that have features redacted";
        if (data.Unknown > 0)
            left += $", without {data.Unknown} whose truth is a class that the version does not know";
        string detail = string.Create(CultureInfo.InvariantCulture, $"{data.Rows.RowCount} labelled predictions of {model}, {parent.CreatedAt:u} to {to:u}{left}");
        using var content = new MemoryStream();
        await CsvWriter.WriteAsync(TableRows.Append(await datasets.LoadAsync(parent, cancellationToken), data.Rows), content, cancellationToken);
        content.Position = 0;
        var options = new BlobWriteOptions(new Dictionary<string, string> { ["detail"] = detail });
        await blobs.WriteAsync(Container, path, content, options, cancellationToken);
        return detail;
    }

    private async Task<string> AddAsync(string path, DatasetVersion parent, string detail, CancellationToken cancellationToken)
    {
        await using Stream content = await blobs.OpenReadAsync(Container, path, null, cancellationToken);
        var options = new DatasetAddOptions
        {
            Source = Source,
            MadeBy = Maker,
            Format = "csv",
            Types = parent.Schema.Columns.ToDictionary(c => c.Name, c => c.Type),
            Parent = parent.Ref.ToString(),
            Detail = detail,
        };
        return (await datasets.AddAsync(parent.Name, content, options, cancellationToken)).Version.Ref.ToString();
    }
}
