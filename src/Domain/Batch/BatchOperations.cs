using Microsoft.Extensions.Logging;
using MlOps.Domain.Datasets;
using MlOps.Domain.Registry;
using MlOps.Domain.Serving.Models;
using MlOps.Domain.Storage;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Batch;

/// <summary>What the steps of a batch do. Each may be repeated: names follow from batch and partition, and what is done stays done.</summary>
internal sealed class BatchOperations(
    BatchTable table, BatchBlobs blobs, DatasetCatalog datasets, ModelRegistry registry, ModelCache models, TimeProvider time, ILogger logger)
{
    /// <summary>Cuts the data set into partitions.</summary>
    public async Task<BatchSize> PlanAsync(string id, CancellationToken cancellationToken)
    {
        BatchEntry batch = (await table.GetAsync(id, cancellationToken)).Kept();
        DatasetVersion data = await datasets.GetAsync(DatasetRef.Parse(batch.Dataset), cancellationToken);
        FileCut cut = await datasets.CutAsync(data, batch.Request.PartitionRows, cancellationToken);
        FileRange[][] groups = [.. cut.Ranges.Chunk(BatchGroup.MostParts)];
        for (int group = 0; group < groups.Length; group++)
            await blobs.WritePlanAsync(id, group, cut with { Ranges = groups[group] }, cancellationToken);
        logger.BatchPlanned(id, batch.Model, batch.Version, batch.Dataset, cut.Rows, cut.Ranges.Count);
        return new BatchSize(cut.Rows, cut.Ranges.Count);
    }

    /// <summary>Scores a partition, if it is not done already: the step before may have died after its last write.</summary>
    public async Task<PartsDone> ScoreAsync(PartInput input, CancellationToken cancellationToken)
    {
        BatchPart part = await table.FindPartAsync(input.Id, input.Part, cancellationToken) ?? await WritePartAsync(input, cancellationToken);
        return new PartsDone(1, part.Rows, part.Rejected);
    }

    private async Task<BatchPart> WritePartAsync(PartInput input, CancellationToken cancellationToken)
    {
        BatchEntry batch = (await table.GetAsync(input.Id, cancellationToken)).Kept();
        FileCut cut = await blobs.ReadPlanAsync(batch.Id, input.Part / BatchGroup.MostParts, cancellationToken);
        FileRange range = cut.Ranges[input.Part % BatchGroup.MostParts];
        ModelVersion version = await registry.GetVersionAsync(batch.Model, batch.Version, cancellationToken);
        DatasetVersion data = await datasets.GetAsync(DatasetRef.Parse(batch.Dataset), cancellationToken);
        using var scorer = new PartScorer(batch, await models.GetAsync(version, cancellationToken), datasets, data, cut, range);
        BatchPart part = await WriteAsync(batch, input.Part, scorer, range, cancellationToken);
        await table.SetPartAsync(batch.Id, input.Part, part, cancellationToken);
        BatchMetrics.Scored(batch, part);
        return part;
    }

    private async Task<BatchPart> WriteAsync(BatchEntry batch, int number, PartScorer scorer, FileRange range, CancellationToken cancellationToken)
    {
        string name = BatchBlobs.Part(batch, number);
        await using (var content = new ChunkStream(scorer.WriteAsync(CancellationToken.None)))
            await blobs.WriteAsync(batch.Id, name, content, cancellationToken);
        string? rejected = scorer.Rejected > 0 ? BatchBlobs.Rejected(number) : null;
        if (rejected is not null)
            await blobs.WriteAsync(batch.Id, rejected, scorer.RejectedRows(), cancellationToken);
        return new BatchPart(name, range.FirstRow + 1, scorer.Rows, scorer.Bytes, scorer.Digest, scorer.Rejected, rejected);
    }

    /// <summary>Writes the manifest, then the result.</summary>
    public async Task<BatchResult> FinishAsync(string id, CancellationToken cancellationToken)
    {
        BatchEntry batch = (await table.GetAsync(id, cancellationToken)).Kept();
        if (batch.Result is { } before)
            return before;
        BatchManifest manifest = await ManifestAsync(batch, cancellationToken);
        string digest = await blobs.WriteManifestAsync(manifest, cancellationToken);
        var result = new BatchResult(manifest.Rows, manifest.Rejected, manifest.Parts.Count, manifest.Parts.Sum(p => p.Bytes), digest, manifest.EndedAt);
        await table.UpdateAsync(id, b => b.Kept() with { Result = result }, cancellationToken);
        BatchMetrics.Ended(batch);
        logger.BatchEnded(id, batch.Model, batch.Version, batch.Dataset, result.Rows, result.Rejected);
        return result;
    }

    private async Task<BatchManifest> ManifestAsync(BatchEntry batch, CancellationToken cancellationToken)
    {
        ModelVersion version = await registry.GetVersionAsync(batch.Model, batch.Version, cancellationToken);
        DatasetVersion data = await datasets.GetAsync(DatasetRef.Parse(batch.Dataset), cancellationToken);
        IReadOnlyList<BatchPart> parts = await table.ListPartsAsync(batch.Id, 0, int.MaxValue, cancellationToken);
        CheckWhole(batch, parts, data.Rows);
        IReadOnlyList<string> columns = PartColumns.Names(batch, version.Signature);
        return new BatchManifest(
            batch.Id, batch.Model, batch.Version, version.ModelDigest, batch.Dataset, data.Digest, batch.Request.Format, columns,
            PartFormat.Of(batch.Request.Format).Header(columns).Length, parts.Sum(p => p.Rows), parts.Sum(p => p.Rejected), parts, batch.At, time.GetUtcNow(), batch.By);
    }

    /// <summary>A loss of rows must never become an output that says it is whole.</summary>
    private static void CheckWhole(BatchEntry batch, IReadOnlyList<BatchPart> parts, long rows)
    {
        long next = 1;
        foreach (BatchPart part in parts.TakeWhile(p => p.FirstRow == next))
            next += part.Rows + part.Rejected;
        if (next <= rows || parts.Sum(p => p.Rows + p.Rejected) != rows)
        {
            throw MlOpsException.NotFound(
                "batch-parts-missing", $"the parts of batch prediction '{batch.Id}' do not hold each of the {rows:N0} rows of {batch.Dataset} once: row {next:N0} is missing or twice there; start it again");
        }
    }

    /// <summary>Makes the output the next version of the data set that the request names; the same output is the same version.</summary>
    public async Task<BatchResult> SaveAsync(string id, CancellationToken cancellationToken)
    {
        BatchEntry batch = (await table.GetAsync(id, cancellationToken)).Kept();
        BatchManifest manifest = await blobs.ReadManifestAsync(id, cancellationToken);
        var options = new DatasetAddOptions
        {
            Source = $"batch-predictions/{id}",
            Format = PartFormat.Of(batch.Request.Format).Extension,
            Types = await TypesAsync(batch, manifest.Columns, cancellationToken),
            Parent = batch.Dataset,
            Detail = $"predictions of {batch.Model}/{batch.Version}",
            MadeBy = "batch",
        };
        await using Stream output = new BatchOutput(manifest, blobs).OpenAll();
        DatasetAdded added = await datasets.AddAsync(batch.Request.SaveAs!, output, options, cancellationToken);
        batch = await table.UpdateAsync(id, b => b with { Result = b.Result! with { SavedAs = added.Version.Ref.ToString() } }, cancellationToken);
        return batch.Result!;
    }

    /// <summary>Kept columns are what they were: a key of digits does not become a number. Labels are categories, all else are numbers.</summary>
    private async Task<IReadOnlyDictionary<string, ColumnType>> TypesAsync(BatchEntry batch, IReadOnlyList<string> columns, CancellationToken cancellationToken)
    {
        DatasetVersion data = await datasets.GetAsync(DatasetRef.Parse(batch.Dataset), cancellationToken);
        ModelVersion version = await registry.GetVersionAsync(batch.Model, batch.Version, cancellationToken);
        ColumnType prediction = version.Signature.Task == LearningTask.Regression ? ColumnType.Number : ColumnType.Category;
        return columns.Select((name, i) => (Name: name, Type: i < batch.Columns.Count ? data.Schema.Find(name)!.Type : i == batch.Columns.Count ? prediction : ColumnType.Number))
            .ToDictionary(c => c.Name, c => c.Type, StringComparer.Ordinal);
    }
}
