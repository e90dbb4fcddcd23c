using MlOps.Contracts;
using MlOps.Domain.Batch;
using MlOps.Domain.Datasets;
using MlOps.Domain.Workflows;

namespace MlOps.Domain.Tests.Batch;

/// <summary>Batches that are large, broken off, or steered.</summary>
public sealed class BatchRecoveryTests : IAsyncLifetime
{
    private BatchWorld _world = null!;

    private static BatchRequest OneByOne => new("churn", "telco") { PartitionRows = 2, Parallel = 1, Retries = 0 };

    public async Task InitializeAsync() => _world = await BatchWorld.OpenAsync();

    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Fact]
    public async Task Batch_OverARestart_ScoresNoPartTwiceButTheOneUnderWay()
    {
        DatasetVersion data = await _world.AddAsync(10);
        _world.Blobs.Held = "part-00002.csv";
        BatchPrediction begun = await _world.Batches.StartAsync(OneByOne, null, "ann", default);
        await _world.Blobs.Holding.Task.WaitAsync(Eventually.Patience);
        BatchPrediction halfway = await _world.Batches.GetAsync(begun.Id, default);
        WatchedBlobs before = _world.Blobs;

        await _world.RestartAsync();
        BatchPrediction batch = await _world.WaitAsync(begun.Id);

        Assert.Equal((BatchState.Running, 10L, 4L, 2), (halfway.State, halfway.Rows, halfway.RowsDone, halfway.PartsDone));
        Assert.Equal(BatchState.Succeeded, batch.State);
        Assert.Equal([1, 1, 0, 0, 0], Enumerable.Range(0, 5).Select(i => before.Writes($"part-0000{i}.csv")));
        Assert.Equal([0, 0, 1, 1, 1], Enumerable.Range(0, 5).Select(i => _world.Blobs.Writes($"part-0000{i}.csv")));
        Assert.Equal(await _world.ExpectedAsync(data, "id"), await _world.OutputAsync(batch.Id));
    }

    [Fact]
    public async Task Rerun_OfABatchThatFailed_GoesOnFromThePartThatFailed()
    {
        await _world.AddAsync(6);
        _world.Blobs.Failing = "part-00001.csv";

        BatchPrediction failed = await _world.RunAsync(OneByOne);
        await _world.Batches.RerunAsync(failed.Id, default);
        BatchPrediction batch = await _world.WaitAsync(failed.Id);

        Assert.Equal((BatchState.Failed, "store-away"), (failed.State, failed.Failure!.Code));
        Assert.Equal(BatchState.Succeeded, batch.State);
        Assert.Equal([1, 1, 1], Enumerable.Range(0, 3).Select(i => _world.Blobs.Writes($"part-0000{i}.csv")));
    }

    [Fact]
    public async Task Rerun_WhileItsOutputIsDeleted_IsRefused()
    {
        await _world.AddAsync(6);
        _world.Blobs.Failing = "part-00001.csv";
        BatchPrediction failed = await _world.RunAsync(OneByOne);
        _world.Time.Advance(TimeSpan.FromDays(31));
        MlOpsException? refused = null;
        _world.Blobs.Listing = async () => refused = await Assert.ThrowsAsync<MlOpsException>(() => _world.Batches.RerunAsync(failed.Id, default));

        Assert.Equal(1, await _world.Batches.DeleteOldAsync(default));

        Assert.Equal("batch-output-deleted", refused?.Code);
    }

    [Fact]
    public async Task Finish_WithoutAPart_Fails()
    {
        await _world.AddAsync(6);
        _world.Blobs.Failing = "manifest.json";
        BatchPrediction failed = await _world.RunAsync(OneByOne);
        await new BatchTable(_world.Tables).DeletePartsAsync(failed.Id, default);

        await _world.Batches.RerunAsync(failed.Id, default);
        BatchPrediction batch = await _world.WaitAsync(failed.Id);

        Assert.Equal((BatchState.Failed, "batch-parts-missing"), (batch.State, batch.Failure!.Code));
        Assert.Contains("row 1 is missing", batch.Failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancel_EndsABatch_AndItsPartsGoWhenTheirTimeHasCome()
    {
        await _world.AddAsync(6);
        _world.Blobs.Held = "part-00001.csv";
        BatchPrediction begun = await _world.Batches.StartAsync(OneByOne, null, "ann", default);
        await _world.Blobs.Holding.Task.WaitAsync(Eventually.Patience);

        await _world.Batches.CancelAsync(begun.Id, "not wanted", default);
        BatchPrediction batch = await _world.WaitAsync(begun.Id);
        _world.Time.Advance(TimeSpan.FromDays(31));
        int deleted = await _world.Batches.DeleteOldAsync(default);

        Assert.Equal((BatchState.Cancelled, "not wanted"), (batch.State, batch.Failure!.Message));
        Assert.Equal(1, deleted);
        Assert.Empty(await _world.Blobs.ListAsync("batch", begun.Id, default).ToListAsync());
    }

    [Fact]
    public async Task Batch_OfMorePartsThanAGroupHolds_RunsInSubWorkflows()
    {
        DatasetVersion data = await _world.AddAsync(66);

        BatchPrediction batch = await _world.RunAsync(OneByOne with { PartitionRows = 1, Parallel = 16 });

        Assert.Equal((BatchState.Succeeded, 66, 66L), (batch.State, batch.PartsDone, batch.RowsDone));
        List<WorkflowInstance> groups = await _world.Engine.ListAsync(BatchGroupWorkflow.WorkflowName, null, default).ToListAsync();
        Assert.Equal([2, 64], groups.Select(g => WorkflowJson.Read<PartsDone>(g.Output!)!.Parts).Order());
        Assert.Equal(await _world.ExpectedAsync(data, "id"), await _world.OutputAsync(batch.Id));
    }
}
