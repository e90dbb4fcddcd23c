using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using MlOps.Domain.Datasets;
using MlOps.Domain.Registry;
using MlOps.Domain.Storage;
using MlOps.Domain.Workflows;

namespace MlOps.Domain.Batch;

/// <summary>The façade of batch predictions: a model version over a data set version.</summary>
public sealed class BatchPredictions(
    IEntityTable tables, IBlobStore blobStore, IWorkflowClient workflows, DatasetCatalog datasets, ModelRegistry registry, TimeProvider time, IIdSource ids, ILogger logger)
{
    /// <summary>The container of what batches wrote, <c>[id]/[path]</c>.</summary>
    internal const string Container = BatchBlobs.Container;

    private const int MostKeyChars = 200;

    private readonly BatchTable _table = new(tables);
    private readonly BatchBlobs _blobs = new(blobStore);

    /// <summary>Starts a batch, pinned to what the names stand for now.</summary>
    /// <param name="key">With the same key a repeated call gives the batch that was started first; null for a new one. 1 to 200 characters.</param>
    /// <exception cref="MlOpsException">
    /// Invalid <c>batch-request</c>, <c>batch-key</c>; <c>batch-data-unfit</c>: the model cannot read the data set, with every reason. NotFound:
    /// model or data set. Conflict <c>batch-key-used</c>: by another request.
    /// </exception>
    public async Task<BatchPrediction> StartAsync(BatchRequest request, string? key, string by, CancellationToken cancellationToken)
    {
        BatchRequestCheck.Check(request);
        if (key is { Length: 0 or > MostKeyChars })
            throw MlOpsException.Invalid("batch-key", $"the key has {key.Length} characters, allowed are 1 to {MostKeyChars}");
        string id = key is null ? "batch-" + ids.NewId() : BatchIds.Of(key);
        BatchEntry batch = await _table.FindAsync(id, cancellationToken) ?? await _table.AddAsync(await PinAsync(id, request, by, cancellationToken), cancellationToken);
        if (WorkflowJson.Write(batch.Request) != WorkflowJson.Write(request))
            throw MlOpsException.Conflict("batch-key-used", $"the key '{key}' belongs to batch prediction '{id}', which asks for something else; take another key");
        if (batch.Result is null)
            await workflows.StartAsync(BatchPredictionWorkflow.WorkflowName, new BatchInput(id, request.Parallel, request.Retries, request.SaveAs is not null), id, cancellationToken);
        return await ViewAsync(batch, cancellationToken);
    }

    /// <summary>Whether there is a batch of that id, whatever became of it.</summary>
    internal async Task<bool> ExistsAsync(string id, CancellationToken cancellationToken) => await _table.FindAsync(id, cancellationToken) is not null;

    /// <exception cref="MlOpsException">NotFound <c>batch-missing</c>.</exception>
    public async Task<BatchPrediction> GetAsync(string id, CancellationToken cancellationToken) =>
        await ViewAsync(await _table.GetAsync(id, cancellationToken), cancellationToken);

    /// <summary>Of one model, or of all when null, newest first.</summary>
    public async IAsyncEnumerable<BatchPrediction> ListAsync(string? model, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (BatchEntry batch in _table.ListAsync(model, cancellationToken))
        {
            if (batch.Result is not null || await workflows.FindAsync(batch.Id, cancellationToken) is not null)
                yield return await ViewAsync(batch, cancellationToken);
        }
    }

    /// <summary>Where a version was used, newest first.</summary>
    public async Task<IReadOnlyList<LineageBatch>> UsesAsync(string model, int version, CancellationToken cancellationToken) =>
        await _table.ListAsync(model, cancellationToken)
            .Where(b => b.Version == version && b.Result is not null)
            .Select(b => new LineageBatch(b.Id, b.Dataset, b.Result!.Rows, b.Result.EndedAt, b.By, b.Result.SavedAs))
            .ToListAsync(cancellationToken);

    /// <summary>Waits until the batch has ended, and returns it.</summary>
    public async Task<BatchPrediction> WaitAsync(string id, CancellationToken cancellationToken)
    {
        BatchPrediction batch = await GetAsync(id, cancellationToken);
        if (batch.HasEnded)
            return batch;
        await workflows.WaitAsync(id, cancellationToken);
        return await GetAsync(id, cancellationToken);
    }

    /// <summary>Ends a batch; the parts that it has are deleted with the others when their time has come.</summary>
    /// <exception cref="MlOpsException">NotFound <c>batch-missing</c>; Conflict <c>instance-ended</c>.</exception>
    public async Task<BatchPrediction> CancelAsync(string id, string reason, CancellationToken cancellationToken)
    {
        await _table.GetAsync(id, cancellationToken);
        await workflows.CancelAsync(id, reason, cancellationToken);
        return await GetAsync(id, cancellationToken);
    }

    /// <summary>Goes on with what failed or was cancelled; partitions that are done stay done.</summary>
    /// <exception cref="MlOpsException">NotFound <c>batch-missing</c>; Conflict <c>instance-not-failed</c>, <c>batch-output-deleted</c>.</exception>
    public async Task<BatchPrediction> RerunAsync(string id, CancellationToken cancellationToken)
    {
        (await _table.GetAsync(id, cancellationToken)).Kept();
        await workflows.RerunAsync(id, cancellationToken);
        return await GetAsync(id, cancellationToken);
    }

    /// <exception cref="MlOpsException">
    /// NotFound <c>batch-missing</c>; Conflict <c>batch-not-done</c>: it is not whole; NotFound <c>batch-output-deleted</c>: its time was over.
    /// </exception>
    public async Task<BatchOutput> OutputAsync(string id, CancellationToken cancellationToken)
    {
        await WholeAsync(id, cancellationToken);
        return new BatchOutput(await _blobs.ReadManifestAsync(id, cancellationToken), _blobs);
    }

    /// <summary>One of its parts, or the manifest. Whoever fetches all parts one by one reads each part's row, not all of them for each.</summary>
    /// <exception cref="MlOpsException">As of <see cref="OutputAsync"/>; NotFound <c>batch-part-missing</c>.</exception>
    public async Task<BatchFile> FileAsync(string id, string name, CancellationToken cancellationToken)
    {
        BatchResult result = await WholeAsync(id, cancellationToken);
        BatchPart? part = BatchBlobs.NumberOf(name) is >= 0 and var number ? await _table.FindPartAsync(id, number, cancellationToken) : null;
        if (name == BatchBlobs.Manifest || name == part?.Name || name == part?.RejectedName)
            return new BatchFile(id, name, _blobs);
        throw MlOpsException.NotFound("batch-part-missing", $"batch prediction '{id}' has no part '{name}'; it has {result.Parts} parts, which its manifest lists");
    }

    private async Task<BatchResult> WholeAsync(string id, CancellationToken cancellationToken)
    {
        BatchEntry batch = (await _table.GetAsync(id, cancellationToken)).Kept();
        if (batch.Result is { } result)
            return result;
        BatchPrediction now = await ViewAsync(batch, cancellationToken);
        throw MlOpsException.Conflict("batch-not-done", $"batch prediction '{id}' has no output yet: it is {WorkflowJson.Write(now.State).Trim('"')}, {now.PartsDone} of {now.Parts} parts are done");
    }

    /// <summary>Deletes the output of batches that have been kept long enough; manifest and result stay. Hosts call it daily.</summary>
    /// <returns>The number of batches.</returns>
    public async Task<int> DeleteOldAsync(CancellationToken cancellationToken)
    {
        int deleted = 0;
        foreach (BatchEntry batch in await _table.DueAsync(time.GetUtcNow(), cancellationToken).ToListAsync(cancellationToken))
        {
            if (!batch.Gone && await DeleteAsync(batch, cancellationToken))
                deleted++;
            if ((await _table.GetAsync(batch.Id, cancellationToken)).Gone)
                await _table.ForgetDueAsync(batch, cancellationToken);
        }

        return deleted;
    }

    /// <summary>
    /// The mark comes first: a rerun that began before it fails at its next step, and cannot make a whole of what is left. What such a step
    /// may still write is deleted the next time.
    /// </summary>
    private async Task<bool> DeleteAsync(BatchEntry batch, CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow();
        if (batch.DeletedAt is null && (batch.KeptUntil > now || await RunsAsync(batch.Id, cancellationToken)))
            return false;
        batch = await _table.UpdateAsync(batch.Id, b => b.KeptUntil > now ? b : b with { DeletedAt = b.DeletedAt ?? now }, cancellationToken);
        if (batch.DeletedAt is null)
            return false;
        bool runs = await RunsAsync(batch.Id, cancellationToken);
        await _blobs.DeleteAsync(batch.Id, cancellationToken);
        await _table.DeletePartsAsync(batch.Id, cancellationToken);
        await _table.UpdateAsync(batch.Id, b => b with { Gone = !runs }, cancellationToken);
        logger.OutputDeleted(batch.Id, batch.KeptUntil);
        return true;
    }

    private async Task<bool> RunsAsync(string id, CancellationToken cancellationToken) =>
        await workflows.FindAsync(id, cancellationToken) is { HasEnded: false };

    private async Task<BatchEntry> PinAsync(string id, BatchRequest request, string by, CancellationToken cancellationToken)
    {
        ModelVersion version = await registry.ResolveAsync(ModelSelector.Parse(request.Model), cancellationToken);
        DatasetVersion data = await datasets.GetAsync(DatasetRef.Parse(request.Dataset), cancellationToken);
        IReadOnlyList<string> columns = BatchRequestCheck.Fit(request, version, data);
        return new BatchEntry(id, request, version.Model, version.Version, data.Ref.ToString(), columns, time.GetUtcNow(), by);
    }

    private async Task<BatchPrediction> ViewAsync(BatchEntry batch, CancellationToken cancellationToken)
    {
        WorkflowInstance? instance = await workflows.FindAsync(batch.Id, cancellationToken);
        BatchStatus? status = instance?.Status is { } json ? WorkflowJson.Read<BatchStatus>(json) : null;
        var open = new List<BatchPart>();
        foreach (int group in batch.Result is null ? status?.Open ?? [] : [])
            open.AddRange(await _table.ListPartsAsync(batch.Id, group * BatchGroup.MostParts, BatchGroup.MostParts, cancellationToken));
        return BatchPrediction.Of(batch, instance, status, open);
    }
}
