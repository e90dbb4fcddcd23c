using MlOps.Domain.Batch;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Tests.Batch;

/// <summary>Data sets and rows that a model cannot score.</summary>
public sealed class BatchRowTests : IAsyncLifetime
{
    private const string Header = "id,tenure,contract,charge\n";

    private BatchWorld _world = null!;

    public async Task InitializeAsync() => _world = await BatchWorld.OpenAsync();

    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Fact]
    public async Task Start_OverADataSetThatDoesNotFit_TellsEveryReasonAndStartsNothing()
    {
        await _world.AddAsync("bad", "id,tenuer,charge,prediction\n1,2,2026-01-01,x\n");

        MlOpsException e = await Assert.ThrowsAsync<MlOpsException>(() =>
            _world.Batches.StartAsync(new BatchRequest("churn", "bad") { Keys = ["idd", "prediction"] }, null, "ann", default));

        Assert.Equal("batch-data-unfit", e.Code);
        Assert.Contains("churn/1 cannot score bad@1", e.Message, StringComparison.Ordinal);
        Assert.Contains("feature 'tenure' is missing, and no feature is called 'tenuer'", e.Message, StringComparison.Ordinal);
        Assert.Contains("feature 'contract' (category) is missing", e.Message, StringComparison.Ordinal);
        Assert.Contains("feature 'charge' is timestamp in the data set, expected number", e.Message, StringComparison.Ordinal);
        Assert.Contains("no column 'idd' to keep; did you mean 'id'?", e.Message, StringComparison.Ordinal);
        Assert.Contains("column 'prediction' would stand there twice", e.Message, StringComparison.Ordinal);
        Assert.Empty(await _world.Batches.ListAsync(null, default).ToListAsync());
    }

    [Fact]
    public async Task Start_OfARequestThatCannotBe_TellsEveryReason()
    {
        MlOpsException e = await Assert.ThrowsAsync<MlOpsException>(() => _world.Batches.StartAsync(
            new BatchRequest("churn", "telco") { PartitionRows = 0, Parallel = 65, Retries = 11, KeepDays = 0, SaveAs = "telco@2", Columns = BatchColumns.All, Keys = ["a", "a"] }, null, "ann", default));

        Assert.Equal("batch-request", e.Code);
        Assert.All(["partitionRows is 0", "parallel is 65", "retries is 11", "keepDays is 0", "saveAs 'telco@2' names a version", "is the data set that is scored", "columns is not 'keys'", "named twice"],
            said => Assert.Contains(said, e.Message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task BadRows_ByDefault_FailTheBatchWithRowColumnAndReason()
    {
        await _world.AddAsync("bad", Header + "a,1,Year,2\nb,2,Year,3\nc,soon,Year,4\nd,,Year,5\n");

        BatchPrediction batch = await _world.RunAsync(new BatchRequest("churn", "bad") { PartitionRows = 2 });

        Assert.Equal((BatchState.Failed, "batch-rows-unfit"), (batch.State, batch.Failure!.Code));
        Assert.Contains("bad@1", batch.Failure.Message, StringComparison.Ordinal);
        Assert.Contains("row 3: feature 'tenure' is", batch.Failure.Message, StringComparison.Ordinal);
        Assert.Contains("expected a finite number", batch.Failure.Message, StringComparison.Ordinal);
        Assert.Contains("row 4: feature 'tenure' is missing", batch.Failure.Message, StringComparison.Ordinal);
        Assert.Equal("batch-not-done", (await Assert.ThrowsAsync<MlOpsException>(() => _world.Batches.OutputAsync(batch.Id, default))).Code);
    }

    [Fact]
    public async Task BadRows_Skipped_AreCountedAndListedWithTheirReasons()
    {
        await _world.AddAsync("bad", Header + "a,soon,Year,2\nb,2,Year,\nc,later,\"x, y\",4\nd,4,,5\ne,5,Month,6\n");
        await _world.AddAsync("good", Header + "b,2,Year,\ne,5,Month,6\n");

        BatchPrediction batch = await _world.RunAsync(new BatchRequest("churn", "bad") { PartitionRows = 4, OnBadRow = BadRowPolicy.Skip });
        BatchPrediction good = await _world.RunAsync(new BatchRequest("churn", "good"));

        Assert.Equal((BatchState.Succeeded, 5L, 2L, 3L), (batch.State, batch.Rows, batch.RowsDone, batch.Rejected));
        Assert.Equal(await _world.OutputAsync(good.Id), await _world.OutputAsync(batch.Id));
        string[] rejected = (await _world.PartAsync(batch.Id, "rejected-00000.csv")).Split('\n');
        Assert.Equal(["row,reason", "1,", "3,", "4,", ""], rejected.Select((line, i) => i == 0 ? line : line.Length == 0 ? "" : line[..2]));
        Assert.Contains("feature 'contract' is missing", rejected[3], StringComparison.Ordinal);
        Assert.Null((await _world.Batches.OutputAsync(batch.Id, default)).Manifest.Parts[1].RejectedName);
    }

    [Theory]
    [InlineData(BadRowPolicy.Fail)]
    [InlineData(BadRowPolicy.Skip)]
    public async Task RowsThatTheModelGivesNoFiniteNumberFor_AreBadRows(BadRowPolicy policy)
    {
        string csv = "size,price\n" + string.Concat(Enumerable.Range(0, 50).Select(i => FormattableString.Invariant($"{i / 1e6},{i * 3}\n")));
        await _world.RegisterAsync("price", "run-9", csv, new TrainingSpec { Task = LearningTask.Regression, Target = "price" });
        await _world.AddAsync("houses", "size\n0.00001\n1e308\n0.00003\n");

        BatchPrediction batch = await _world.RunAsync(new BatchRequest("price", "houses") { OnBadRow = policy, Columns = BatchColumns.None });

        if (policy == BadRowPolicy.Fail)
        {
            Assert.Equal((BatchState.Failed, "batch-rows-unfit"), (batch.State, batch.Failure!.Code));
            Assert.Contains("row 2: the model gave", batch.Failure.Message, StringComparison.Ordinal);
            return;
        }

        Assert.Equal((2L, 1L), (batch.RowsDone, batch.Rejected));
        Assert.Equal(3, (await _world.OutputAsync(batch.Id)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("2,the model gave", await _world.PartAsync(batch.Id, "rejected-00000.csv"), StringComparison.Ordinal);
    }

    [Fact]
    public void RejectedRows_PastTheListsSize_AreCountedAndNotKept()
    {
        var rejected = new RejectedRows();
        string reason = new('x', 10_000);
        for (int row = 1; row <= 500; row++)
            rejected.Add(row, reason);

        using var reader = new StreamReader(rejected.Open());
        string[] lines = reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        int listed = lines.Length - 2;
        Assert.Equal(500, rejected.Count);
        Assert.InRange(listed, 400, RejectedRows.MostBytes / reason.Length);
        Assert.Equal(("row,reason", $",{500 - listed} more rows are left out and not listed"), (lines[0], lines[^1]));
    }

    [Fact]
    public async Task Start_ThatMakesMorePartsThanABatchMayHave_SaysWhichSizeFits()
    {
        await _world.AddAsync(20_001);

        MlOpsException e = await Assert.ThrowsAsync<MlOpsException>(() =>
            _world.Batches.StartAsync(new BatchRequest("churn", "telco") { PartitionRows = 2 }, null, "ann", default));

        Assert.Equal("batch-data-unfit", e.Code);
        Assert.Contains("10,001 parts of 20,001 rows, allowed are 10,000; take partitionRows 3 or more", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public async Task Start_WithAKeyThatIsNone_IsRefused(string? key)
    {
        await _world.AddAsync(1);

        MlOpsException e = await Assert.ThrowsAsync<MlOpsException>(() => _world.Batches.StartAsync(new BatchRequest("churn", "telco") { Keys = [key!] }, null, "ann", default));

        Assert.Equal("batch-request", e.Code);
        Assert.Contains("a key is null or empty", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AllRowsBad_Skipped_LeaveAHeaderAlone()
    {
        await _world.AddAsync("bad", Header + "a,soon,Year,2\nb,later,Year,3\n");

        BatchPrediction batch = await _world.RunAsync(new BatchRequest("churn", "bad") { PartitionRows = 1, OnBadRow = BadRowPolicy.Skip });

        Assert.Equal((0L, 2L), (batch.RowsDone, batch.Rejected));
        Assert.Equal("id,prediction,p_No,p_Yes\n", await _world.OutputAsync(batch.Id));
    }
}
