using System.Security.Cryptography;
using System.Text;
using MlOps.Domain.Batch;
using MlOps.Domain.Datasets;
using MlOps.Domain.Registry;
using MlOps.Learning.Tables;

namespace MlOps.Domain.Tests.Batch;

/// <summary>What a batch gives, and what of it is kept.</summary>
public sealed class BatchPredictionTests : IAsyncLifetime
{
    private BatchWorld _world = null!;

    private static BatchRequest Telco => new("churn@champion", "telco") { PartitionRows = 4 };

    public async Task InitializeAsync() => _world = await BatchWorld.OpenAsync();

    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Fact]
    public async Task Batch_OverADataSet_GivesWhatTheModelGivesInTheOrderOfTheRows()
    {
        DatasetVersion data = await _world.AddAsync(10);

        BatchPrediction batch = await _world.RunAsync(Telco);

        Assert.Equal((BatchState.Succeeded, 10L, 3, 10L, 3, 0L), (batch.State, batch.Rows, batch.Parts, batch.RowsDone, batch.PartsDone, batch.Rejected));
        Assert.Equal(("churn", 1, "telco@1", "ann"), (batch.Model, batch.Version, batch.Dataset, batch.By));
        Assert.Equal(await _world.ExpectedAsync(data, "id"), await _world.OutputAsync(batch.Id));
    }

    [Fact]
    public async Task Manifest_TellsTheLineageAndEveryPartWithItsDigest()
    {
        DatasetVersion data = await _world.AddAsync(10);
        ModelVersion model = await _world.Platform.Registry.GetVersionAsync("churn", 1, default);

        BatchPrediction batch = await _world.RunAsync(Telco);

        BatchManifest manifest = (await _world.Batches.OutputAsync(batch.Id, default)).Manifest;
        Assert.Equal((model.ModelDigest, data.Digest, "ann"), (manifest.ModelDigest, manifest.DatasetDigest, manifest.By));
        Assert.Equal(["id", "prediction", "p_No", "p_Yes"], manifest.Columns);
        Assert.Equal([("part-00000.csv", 1L, 4L), ("part-00001.csv", 5L, 4L), ("part-00002.csv", 9L, 2L)], manifest.Parts.Select(p => (p.Name, p.FirstRow, p.Rows)));
        foreach (BatchPart part in manifest.Parts)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(await _world.PartAsync(batch.Id, part.Name));
            Assert.Equal((part.Digest, part.Bytes), (Convert.ToHexStringLower(SHA256.HashData(bytes)), bytes.Length));
            Assert.StartsWith("id,prediction,p_No,p_Yes\n", Encoding.UTF8.GetString(bytes), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Columns_AllNoneOrNamed_StandBeforeThePredictions()
    {
        DatasetVersion data = await _world.AddAsync(6);

        BatchPrediction all = await _world.RunAsync(Telco with { Columns = BatchColumns.All });
        BatchPrediction none = await _world.RunAsync(Telco with { Columns = BatchColumns.None });
        BatchPrediction named = await _world.RunAsync(Telco with { Keys = ["charge", "id"] });

        Assert.Equal(await _world.ExpectedAsync(data, "id", "tenure", "contract", "charge"), await _world.OutputAsync(all.Id));
        Assert.Equal(await _world.ExpectedAsync(data), await _world.OutputAsync(none.Id));
        Assert.Equal(await _world.ExpectedAsync(data, "charge", "id"), await _world.OutputAsync(named.Id));
    }

    [Fact]
    public async Task Jsonl_IsOneObjectARow_AndOneFileWithoutHeaders()
    {
        await _world.AddAsync("odd", "id,tenure,contract,charge\n\"a\"\"b\",3,Year,\n,4,é,2\n");

        BatchPrediction batch = await _world.RunAsync(new BatchRequest("churn", "odd") { Format = BatchFormat.Jsonl, PartitionRows = 1, Columns = BatchColumns.All });

        string[] lines = (await _world.OutputAsync(batch.Id)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        Assert.StartsWith("""{"id":"a\"b","tenure":3,"contract":"Year","charge":null,"prediction":"Yes","p_No":0.""", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("""{"id":null,"tenure":4,"contract":"é","charge":2,"prediction":"Yes","p_No":0.""", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task SaveAs_MakesTheOutputAVersionWithItsLineage_AndTheModelsLineageTellsTheBatch()
    {
        await _world.AddAsync(10);

        BatchPrediction batch = await _world.RunAsync(Telco with { SaveAs = "scores" });

        Assert.Equal("scores@1", batch.Output!.SavedAs);
        DatasetVersion saved = await _world.Platform.Datasets.GetAsync(DatasetRef.Parse("scores@1"), default);
        Assert.Equal(($"batch-predictions/{batch.Id}", "telco@1", "predictions of churn/1", 10L), (saved.Lineage.Source, saved.Lineage.Parent, saved.Lineage.Detail, saved.Rows));
        LineageBatch use = Assert.Single(await _world.Batches.UsesAsync("churn", 1, default));
        Assert.Equal((batch.Id, "telco@1", 10L, "ann", "scores@1"), (use.Id, use.Dataset, use.Rows, use.By, use.SavedAs));
        Assert.Empty(await _world.Batches.UsesAsync("churn", 2, default));
    }

    [Fact]
    public async Task SaveAs_KeepsTheTypesOfTheKeptColumns_SoThatKeysStayWhatTheyAre()
    {
        const string Lines = """
            {"id":"007","tenure":3,"contract":"Year","charge":2}
            {"id":"7","tenure":4,"contract":"Year","charge":2}
            """;
        await _world.Platform.Datasets.AddAsync("texts", new MemoryStream(Encoding.UTF8.GetBytes(Lines)), new DatasetAddOptions { Format = "jsonl" }, default);

        BatchPrediction batch = await _world.RunAsync(new BatchRequest("churn", "texts") { SaveAs = "scores" });

        DatasetVersion saved = await _world.Platform.Datasets.GetAsync(DatasetRef.Parse(batch.Output!.SavedAs!), default);
        Table rows = await _world.Platform.Datasets.LoadAsync(saved, default);
        Assert.Equal(["007", "7"], [rows["id"].Format(0)!, rows["id"].Format(1)!]);
        Assert.Equal([ColumnType.Category, ColumnType.Category, ColumnType.Number, ColumnType.Number], rows.Columns.Select(c => c.Type));
    }

    [Fact]
    public async Task Batch_WhoseWorkflowIsGoneBeforeItsEnd_HasFailed()
    {
        await _world.AddAsync(3);
        _world.Blobs.Failing = "manifest.json";
        BatchPrediction failed = await _world.RunAsync(Telco with { Retries = 0 });

        await _world.Engine.PurgeAsync(failed.Id, default);
        BatchPrediction batch = await _world.Batches.GetAsync(failed.Id, default);

        Assert.Equal((true, BatchState.Failed, "batch-workflow-missing"), (batch.HasEnded, batch.State, batch.Failure!.Code));
    }

    [Fact]
    public async Task Start_WithTheSameKey_IsTheSameBatchThoughNamesMeanSomethingElseNow()
    {
        await _world.AddAsync(3);
        BatchPrediction first = await _world.Batches.StartAsync(Telco, "nightly", "ann", default);
        await _world.RegisterAsync("run-2");
        await _world.AddAsync(5);

        BatchPrediction again = await _world.Batches.StartAsync(Telco, "nightly", "bob", default);
        MlOpsException other = await Assert.ThrowsAsync<MlOpsException>(() => _world.Batches.StartAsync(Telco with { PartitionRows = 5 }, "nightly", "ann", default));
        BatchPrediction fresh = await _world.RunAsync(Telco);

        Assert.Equal((first.Id, 1, "telco@1", "ann"), (again.Id, again.Version, again.Dataset, again.By));
        Assert.Equal("batch-key-used", other.Code);
        Assert.Equal((2, "telco@2"), (fresh.Version, fresh.Dataset));
        Assert.Equal([fresh.Id, first.Id], (await _world.Batches.ListAsync("churn", default).ToListAsync()).Select(b => b.Id));
    }

    [Fact]
    public async Task File_OfAPart_IsFoundByItsOwnRow_AndOtherNamesAreNot()
    {
        await _world.AddAsync(10);
        BatchPrediction batch = await _world.RunAsync(Telco with { PartitionRows = 4 });
        int read = _world.Blobs.Reads("manifest.json");

        Assert.EndsWith("\n", await _world.PartAsync(batch.Id, "part-00002.csv"), StringComparison.Ordinal);
        foreach (string name in new[] { "part-00003.csv", "part-2.csv", "part-00002.jsonl", "rejected-00002.csv", "plan/00000.json", "..", "part--1.csv" })
            Assert.Equal("batch-part-missing", (await Assert.ThrowsAsync<MlOpsException>(() => _world.Batches.FileAsync(batch.Id, name, default))).Code);

        Assert.Equal(read, _world.Blobs.Reads("manifest.json"));
        Assert.StartsWith("{", await _world.PartAsync(batch.Id, "manifest.json"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task DeleteOld_LooksAtBatchesWhoseTimeHasComeAlone()
    {
        var table = new BatchTable(_world.Tables);
        await _world.AddAsync(4);
        BatchPrediction old = await _world.RunAsync(Telco with { KeepDays = 7 });
        BatchPrediction kept = await _world.RunAsync(Telco);
        Assert.Empty(await DueAsync());

        _world.Time.Advance(TimeSpan.FromDays(8));
        Assert.Equal([old.Id], await DueAsync());

        await _world.Batches.DeleteOldAsync(default);
        Assert.Empty(await DueAsync());
        _world.Time.Advance(TimeSpan.FromDays(30));
        Assert.Equal([kept.Id], await DueAsync());

        async Task<string[]> DueAsync() => [.. (await table.DueAsync(_world.Time.GetUtcNow(), default).ToListAsync()).Select(b => b.Id)];
    }

    [Fact]
    public async Task DeleteOld_AfterTheDaysToKeep_LeavesManifestAndResultAlone()
    {
        await _world.AddAsync(10);
        BatchPrediction old = await _world.RunAsync(Telco with { KeepDays = 7 });
        BatchPrediction kept = await _world.RunAsync(Telco);
        _world.Time.Advance(TimeSpan.FromDays(8));

        Assert.Equal(1, await _world.Batches.DeleteOldAsync(default));
        Assert.Equal(0, await _world.Batches.DeleteOldAsync(default));

        MlOpsException e = await Assert.ThrowsAsync<MlOpsException>(() => _world.Batches.OutputAsync(old.Id, default));
        Assert.Equal("batch-output-deleted", e.Code);
        Assert.Equal((BatchState.Succeeded, 10L), ((await _world.Batches.GetAsync(old.Id, default)).State, (await _world.Batches.GetAsync(old.Id, default)).RowsDone));
        Assert.Equal(["manifest.json"], await _world.Blobs.ListAsync("batch", old.Id, default).Select(b => Path.GetFileName(b.Path)).ToListAsync());
        Assert.NotEmpty(await _world.OutputAsync(kept.Id));
    }
}
