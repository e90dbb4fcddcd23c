using MlOps.Domain.Storage;

namespace MlOps.Contracts.Storage;

/// <summary>Batches are all or nothing; writers at once lose nothing.</summary>
public abstract class EntityBatchContract(IStoreHost<IEntityTable> host) : EntityTableContract(host)
{
    private const int Writers = 8;

    [SkippableFact]
    public async Task Batch_EveryOperation_AppliesAllInOrder()
    {
        IReadOnlyList<string> before = await BatchAsync(new[] { "b", "c", "d" }.Select(row => EntityWrite.Insert(Row(row, ("V", 1), ("W", 1)))));

        IReadOnlyList<string> etags = await BatchAsync(
            EntityWrite.Insert(Row("a", ("V", 2))),
            EntityWrite.Replace(Row("b", ("V", 2)), before[0]),
            EntityWrite.Merge(Row("c", ("V", 2)), before[1]),
            EntityWrite.Delete(new(P, "d"), before[2]),
            EntityWrite.Upsert(Row("e", ("V", 2))),
            EntityWrite.UpsertMerge(Row("f", ("V", 2))));

        List<Entity> rows = await Tables.ScanAsync(Table, P, EntityRange.All, None).ToListAsync();
        Assert.Equal(["a", "b", "c", "e", "f"], rows.Select(row => row.Key.Row));
        Assert.All(rows, row => Assert.Equal(2, row.Int("V")));
        Assert.Equal([null, null, 1L, null, null], rows.Select(row => row.Int("W")));
        Assert.Equal([rows[0].ETag!, rows[1].ETag!, rows[2].ETag!, "", rows[3].ETag!, rows[4].ETag!], etags);
    }

    [SkippableFact]
    public async Task Batch_LastWriteFails_ChangesNothing()
    {
        await InsertAsync("b", "z");

        await Refused.AsAsync(ErrorKind.Conflict, "entity-exists", () => BatchAsync(
            EntityWrite.Insert(Row("a")), EntityWrite.Upsert(Row("b", ("V", 1))), EntityWrite.Insert(Row("z"))));

        Assert.Equal(["b", "z"], await RowsAsync(EntityRange.All));
        Assert.Null((await FindAsync("b"))!.Int("V"));
    }

    [SkippableFact]
    public async Task Batch_FirstConditionFails_ChangesNothing()
    {
        await Refused.AsAsync(ErrorKind.NotFound, "entity-missing", () => BatchAsync(
            EntityWrite.Delete(new(P, "none")), EntityWrite.Insert(Row("a"))));

        Assert.Empty(await RowsAsync(EntityRange.All));
    }

    [SkippableFact]
    public async Task Batch_Hundred_IsTaken()
    {
        await BatchAsync(Numbered(100).Select(row => EntityWrite.Insert(Row(row))));

        Assert.Equal(Numbered(100), await RowsAsync(EntityRange.All));
    }

    [SkippableFact]
    public async Task Batch_MoreThanHundred_IsTooLarge()
    {
        MlOpsException refused = await Refused.AsAsync(
            ErrorKind.TooLarge, "batch-too-large", () => BatchAsync(Numbered(101).Select(row => EntityWrite.Insert(Row(row)))));

        Assert.Contains("101", refused.Message);
        Assert.Empty(await RowsAsync(EntityRange.All));
    }

    [SkippableFact]
    public Task Batch_Empty_IsAProgrammersMistake() => Assert.ThrowsAnyAsync<ArgumentException>(() => BatchAsync());

    [SkippableFact]
    public async Task Batch_PastFourMebibytes_IsTooLarge()
    {
        IEnumerable<EntityWrite> Rows(int count) => Numbered(count).Select(row => EntityWrite.Upsert(Row(row, ("B", new byte[48 << 10]))));

        await Refused.AsAsync(ErrorKind.TooLarge, "batch-too-large", () => BatchAsync(Rows(65)));
        Assert.Empty(await RowsAsync(EntityRange.All));
        await BatchAsync(Rows(60));
    }

    [SkippableFact]
    public async Task Batch_SameKeyTwice_IsInvalid()
    {
        await Refused.AsAsync(ErrorKind.Invalid, "entity-invalid", () => BatchAsync(EntityWrite.Upsert(Row("a")), EntityWrite.Delete(new(P, "a"))));

        Assert.Null(await FindAsync("a"));
    }

    [SkippableFact]
    public Task Batch_TwoPartitions_IsInvalid() =>
        Refused.AsAsync(ErrorKind.Invalid, "entity-invalid", () => BatchAsync(EntityWrite.Upsert(Row("a")), EntityWrite.Upsert(RowOf("p2", "b"))));

    [SkippableFact]
    public async Task Writers_ReadAndReplaceOneRow_LoseNoUpdate()
    {
        const int rounds = 25;
        await WriteAsync(EntityWrite.Insert(Row("n", ("V", 0))));

        await Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => Task.Run(async () =>
        {
            for (int i = 0; i < rounds; i++)
                await Tables.UpdateAsync(Table, new(P, "n"), row => [EntityWrite.Replace(Row("n", ("V", row!.Int("V")! + 1)), row.ETag!)], None, attempts: 10_000);
        })));

        Assert.Equal(Writers * rounds, (await FindAsync("n"))!.Int("V"));
    }

    [SkippableFact]
    public async Task Writers_SameETagAtOnce_ExactlyOneWins()
    {
        for (int round = 0; round < 20; round++)
        {
            string etag = await WriteAsync(EntityWrite.Upsert(Row("a")));
            string[] outcomes = await AtOnceAsync(writer => WriteAsync(EntityWrite.Replace(Row("a", ("Writer", writer)), etag)));

            Assert.Single(outcomes, "written");
            Assert.Equal(Writers - 1, outcomes.Count(outcome => outcome == "entity-changed"));
            Assert.Equal(Array.IndexOf(outcomes, "written"), (await FindAsync("a"))!.Int("Writer"));
        }
    }

    [SkippableFact]
    public async Task Writers_InsertOneKeyAtOnce_ExactlyOneWins()
    {
        for (int round = 0; round < 20; round++)
        {
            string[] outcomes = await AtOnceAsync(writer => WriteAsync(EntityWrite.Insert(Row($"k{round}", ("Writer", writer)))));

            Assert.Single(outcomes, "written");
            Assert.Equal(Writers - 1, outcomes.Count(outcome => outcome == "entity-exists"));
            Assert.Equal(Array.IndexOf(outcomes, "written"), (await FindAsync($"k{round}"))!.Int("Writer"));
        }
    }

    [SkippableFact]
    public async Task Writers_DifferentRows_AllAreKept()
    {
        await AtOnceAsync(async writer =>
        {
            for (int i = 0; i < 50; i++)
                await WriteAsync(EntityWrite.Insert(Row($"{writer}-{i:D3}")));
        });

        Assert.Equal(Writers * 50, (await RowsAsync(EntityRange.All)).Count);
    }

    [SkippableFact]
    public async Task Writers_SomeFail_DoNotHarmTheOthers()
    {
        await InsertAsync("taken");

        Task<bool>[] writes = [.. Enumerable.Range(0, 200).Select(i => i % 2 == 0
            ? Tables.TryInsertAsync(Table, Row("taken"), None)
            : Tables.TryInsertAsync(Table, Row($"r{i:D3}"), None))];

        Assert.Equal(Enumerable.Range(0, 200).Select(i => i % 2 == 1), await Task.WhenAll(writes));
        Assert.Equal(101, (await RowsAsync(EntityRange.All)).Count);
    }

    [SkippableFact]
    public async Task Readers_WhileBatchesAreWritten_NeverSeeHalfOfOne()
    {
        await BatchAsync(Numbered(20).Select(row => EntityWrite.Upsert(Row(row, ("V", 0)))));
        Task writing = Task.Run(async () =>
        {
            for (int v = 1; v <= 60; v++)
                await BatchAsync(Numbered(20).Select(row => EntityWrite.Upsert(Row(row, ("V", v)))));
        });

        do
        {
            EntityPage page = await PageAsync(EntityRange.All);
            Assert.Equal(20, page.Entities.Count);
            Assert.Single(page.Entities.Select(row => row.Int("V")).Distinct());
        }
        while (!writing.IsCompleted);
        await writing;
    }

    [SkippableFact]
    public async Task Write_Completed_IsSeenByEveryReaderAtOnce()
    {
        for (int i = 0; i < 50; i++)
        {
            await WriteAsync(EntityWrite.Upsert(Row("a", ("V", i))));
            long?[] read = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () => (await FindAsync("a"))!.Int("V"))));
            Assert.All(read, v => Assert.Equal(i, v));
        }
    }

    [SkippableFact]
    public async Task Rows_AfterReopening_AreThere()
    {
        await InsertAsync(Numbered(150));
        await ReopenAsync();

        Assert.Equal(Numbered(150), await RowsAsync(EntityRange.All));
    }

    private static Task<string[]> AtOnceAsync(Func<int, Task> write) => Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
    {
        try
        {
            await write(writer);
            return "written";
        }
        catch (MlOpsException e)
        {
            return e.Code;
        }
    })));
}
