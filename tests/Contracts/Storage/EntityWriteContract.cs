using MlOps.Domain.Storage;

namespace MlOps.Contracts.Storage;

/// <summary>What each operation does to one row, and what it refuses.</summary>
public abstract class EntityWriteContract(IStoreHost<IEntityTable> host) : EntityTableContract(host)
{
    [SkippableFact]
    public async Task Find_NoSuchTable_IsNull() => Assert.Null(await FindAsync("a"));

    [SkippableFact]
    public async Task Find_NoSuchRow_IsNull()
    {
        await InsertAsync("a");

        Assert.Null(await FindAsync("b"));
        Assert.Null(await Tables.FindAsync(Table, new("other", "a"), None));
    }

    [SkippableFact]
    public async Task Insert_NewRow_IsRead()
    {
        string etag = await WriteAsync(EntityWrite.Insert(Row("a", ("Name", "churn"), ("Size", 7))));

        Entity read = (await FindAsync("a"))!;
        Assert.Equal((new EntityKey(P, "a"), etag, "churn", 7L), (read.Key, read.ETag, read.Text("Name"), read.Int("Size")));
        Assert.Equal(2, read.Properties.Count);
    }

    [SkippableFact]
    public async Task Insert_ExistingRow_IsAConflictAndChangesNothing()
    {
        await WriteAsync(EntityWrite.Insert(Row("a", ("V", 1))));

        await Refused.AsAsync(ErrorKind.Conflict, "entity-exists", () => WriteAsync(EntityWrite.Insert(Row("a", ("V", 2)))));

        Assert.Equal(1, (await FindAsync("a"))!.Int("V"));
    }

    [SkippableFact]
    public async Task Insert_SameRowKeyInOtherPartitionOrTable_AreDifferentRows()
    {
        string other = "u" + Table;
        await WriteAsync(EntityWrite.Insert(Row("a", ("V", 1))));
        await WriteAsync(EntityWrite.Insert(RowOf("p2", "a", ("V", 2))));
        await Tables.WriteAsync(other, EntityWrite.Insert(Row("a", ("V", 3))), None);

        Assert.Equal(1, (await FindAsync("a"))!.Int("V"));
        Assert.Equal(2, (await Tables.FindAsync(Table, new("p2", "a"), None))!.Int("V"));
        Assert.Equal(3, (await Tables.FindAsync(other, new(P, "a"), None))!.Int("V"));
    }

    [SkippableFact]
    public async Task Upsert_AbsentRow_Inserts()
    {
        await WriteAsync(EntityWrite.Upsert(Row("a", ("V", 1))));

        Assert.Equal(1, (await FindAsync("a"))!.Int("V"));
    }

    [SkippableFact]
    public async Task Upsert_ExistingRow_ReplacesAllOfIt()
    {
        await WriteAsync(EntityWrite.Insert(Row("a", ("V", 1), ("W", 1))));
        await WriteAsync(EntityWrite.Upsert(Row("a", ("V", 2))));

        Entity read = (await FindAsync("a"))!;
        Assert.Equal((2L, null), (read.Int("V"), read.Int("W")));
    }

    [SkippableFact]
    public async Task UpsertMerge_AbsentRow_Inserts()
    {
        await WriteAsync(new EntityWrite(EntityOperation.UpsertMerge, Row("a", ("V", 1))));

        Assert.Equal(1, (await FindAsync("a"))!.Int("V"));
    }

    [SkippableFact]
    public async Task UpsertMerge_ExistingRow_KeepsTheOtherProperties()
    {
        await WriteAsync(EntityWrite.Insert(Row("a", ("V", 1), ("W", "w"))));
        await WriteAsync(EntityWrite.UpsertMerge(Row("a", ("V", 2), ("X", true))));

        Entity read = (await FindAsync("a"))!;
        Assert.Equal((2L, "w", true), (read.Int("V"), read.Text("W"), read.Flag("X")));
    }

    [SkippableFact]
    public async Task Merge_PropertyOfOtherType_TakesTheNewType()
    {
        string etag = await WriteAsync(EntityWrite.Insert(Row("a", ("V", 1))));
        await WriteAsync(EntityWrite.Merge(Row("a", ("V", "one")), etag));

        Assert.Equal("one", (await FindAsync("a"))!.Text("V"));
    }

    [SkippableFact]
    public async Task Replace_MatchingETag_ReplacesAllOfIt()
    {
        string etag = await WriteAsync(EntityWrite.Insert(Row("a", ("V", 1), ("W", 1))));
        string next = await WriteAsync(EntityWrite.Replace(Row("a", ("V", 2)), etag));

        Entity read = (await FindAsync("a"))!;
        Assert.Equal((2L, null, next), (read.Int("V"), read.Int("W"), read.ETag));
    }

    [SkippableFact]
    public async Task Merge_MatchingETag_SetsOnlyWhatIsGiven()
    {
        string etag = await WriteAsync(EntityWrite.Insert(Row("a", ("V", 1), ("W", 1))));
        await WriteAsync(EntityWrite.Merge(Row("a", ("V", 2)), etag));

        Entity read = (await FindAsync("a"))!;
        Assert.Equal((2L, 1L), (read.Int("V"), read.Int("W")));
    }

    [SkippableFact]
    public async Task Delete_MatchingETag_RemovesTheRow()
    {
        string etag = await WriteAsync(EntityWrite.Insert(Row("a")));

        Assert.Equal("", await WriteAsync(EntityWrite.Delete(new(P, "a"), etag)));
        Assert.Null(await FindAsync("a"));
    }

    [SkippableTheory]
    [InlineData(EntityOperation.Replace)]
    [InlineData(EntityOperation.Merge)]
    [InlineData(EntityOperation.Delete)]
    public async Task Conditional_StaleETag_IsAConflictAndChangesNothing(EntityOperation operation)
    {
        string stale = await WriteAsync(EntityWrite.Insert(Row("a", ("V", 1))));
        string current = await WriteAsync(EntityWrite.Upsert(Row("a", ("V", 2))));

        MlOpsException refused = await Refused.AsAsync(
            ErrorKind.Conflict, "entity-changed", () => WriteAsync(new EntityWrite(operation, Row("a", ("V", 3)), stale)));

        Assert.Contains($"{P}/a", refused.Message);
        Entity read = (await FindAsync("a"))!;
        Assert.Equal((2L, current), (read.Int("V"), read.ETag));
    }

    [SkippableTheory]
    [InlineData(EntityOperation.Replace, "*")]
    [InlineData(EntityOperation.Merge, "*")]
    [InlineData(EntityOperation.Delete, "*")]
    [InlineData(EntityOperation.Replace, "1")]
    [InlineData(EntityOperation.Merge, "1")]
    [InlineData(EntityOperation.Delete, "1")]
    public async Task Conditional_AbsentRow_IsMissing(EntityOperation operation, string ifMatch)
    {
        await InsertAsync("b");

        await Refused.AsAsync(ErrorKind.NotFound, "entity-missing", () => WriteAsync(new EntityWrite(operation, Row("a"), ifMatch)));

        Assert.Null(await FindAsync("a"));
    }

    [SkippableTheory]
    [InlineData(EntityOperation.Replace)]
    [InlineData(EntityOperation.Merge)]
    public async Task Conditional_StarOnExistingRow_Writes(EntityOperation operation)
    {
        await WriteAsync(EntityWrite.Insert(Row("a", ("V", 1))));
        await WriteAsync(new EntityWrite(operation, Row("a", ("V", 2)), "*"));

        Assert.Equal(2, (await FindAsync("a"))!.Int("V"));
    }

    [SkippableFact]
    public async Task Delete_Star_RemovesWhateverIsThere()
    {
        await InsertAsync("a");
        await WriteAsync(EntityWrite.Delete(new(P, "a")));

        Assert.Null(await FindAsync("a"));
    }

    [SkippableFact]
    public async Task ETag_EveryWrite_IsNew()
    {
        var etags = new List<string>();
        for (int i = 0; i < 20; i++)
            etags.Add(await WriteAsync(EntityWrite.Upsert(Row("a", ("V", 1)))));

        Assert.Equal(20, etags.Distinct().Count());
    }

    [SkippableFact]
    public async Task ETag_OfADeletedRow_NeverMatchesItsSuccessor()
    {
        string first = await WriteAsync(EntityWrite.Insert(Row("a")));
        await WriteAsync(EntityWrite.Delete(new(P, "a")));
        await InsertAsync("a");

        await Refused.AsAsync(ErrorKind.Conflict, "entity-changed", () => WriteAsync(EntityWrite.Delete(new(P, "a"), first)));
    }

    [SkippableFact]
    public async Task ETag_AfterReopening_StillMatches()
    {
        string etag = await WriteAsync(EntityWrite.Insert(Row("a", ("V", 1))));
        await ReopenAsync();

        string next = await WriteAsync(EntityWrite.Replace(Row("a", ("V", 2)), etag));

        Assert.NotEqual(etag, next);
        Assert.Equal(2, (await FindAsync("a"))!.Int("V"));
    }

    [SkippableFact]
    public async Task ETag_AfterReopening_NeverRecurs()
    {
        var etags = new List<string>();
        for (int i = 0; i < 3; i++)
        {
            etags.Add(await WriteAsync(EntityWrite.Insert(Row("a"))));
            await WriteAsync(EntityWrite.Delete(new(P, "a")));
            await ReopenAsync();
        }

        Assert.Equal(3, etags.Distinct().Count());
    }

    [SkippableFact]
    public async Task Timestamp_AfterChange_IsSetAndDoesNotGoBack()
    {
        await WriteAsync(EntityWrite.Insert(Row("a")));
        DateTimeOffset first = (await FindAsync("a"))!.Timestamp;
        await WriteAsync(EntityWrite.Upsert(Row("a")));
        DateTimeOffset second = (await FindAsync("a"))!.Timestamp;

        Assert.NotEqual(default, first);
        Assert.True(second >= first);
    }

    [SkippableTheory]
    [InlineData(EntityOperation.Replace, null)]
    [InlineData(EntityOperation.Merge, null)]
    [InlineData(EntityOperation.Delete, null)]
    [InlineData(EntityOperation.Insert, "*")]
    [InlineData(EntityOperation.Upsert, "*")]
    [InlineData(EntityOperation.UpsertMerge, "*")]
    public Task Write_ConditionThatDoesNotFitTheOperation_IsAProgrammersMistake(EntityOperation operation, string? ifMatch) =>
        Assert.ThrowsAsync<ArgumentException>(() => WriteAsync(new EntityWrite(operation, Row("a"), ifMatch)));

    [SkippableFact]
    public async Task Write_CancelledBefore_WritesNothing()
    {
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => Tables.WriteAsync(Table, EntityWrite.Insert(Row("a")), new CancellationToken(canceled: true)));

        Assert.Null(await FindAsync("a"));
    }

    [SkippableFact]
    public async Task TryInsert_ExistingRow_IsFalse()
    {
        Assert.True(await Tables.TryInsertAsync(Table, Row("a"), None));
        Assert.False(await Tables.TryInsertAsync(Table, Row("a"), None));
    }
}
