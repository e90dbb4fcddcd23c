using FsCheck;
using FsCheck.Fluent;
using MlOps.Domain.Storage;

namespace MlOps.Contracts.Storage;

/// <summary>Order, bounds and continuation of scans.</summary>
public abstract class EntityScanContract(IStoreHost<IEntityTable> host) : EntityTableContract(host)
{
    [SkippableFact]
    public async Task Scan_NoSuchTableOrPartition_IsEmpty()
    {
        Assert.Equal(new EntityPage([], null).Continuation, (await PageAsync(EntityRange.All)).Continuation);
        await InsertAsync("a");

        Assert.Empty((await PageAsync(EntityRange.All, "other")).Entities);
    }

    [SkippableFact]
    public async Task Scan_AnyOrderOfInsertion_IsOrdinal()
    {
        await InsertAsync("b", "B", "a~", "a-", "a", "a.", "_", "Z", "0", "10", "9", "aa");

        Assert.Equal(["0", "10", "9", "B", "Z", "_", "a", "a-", "a.", "aa", "a~", "b"], await RowsAsync(EntityRange.All));
    }

    [SkippableFact]
    public async Task Scan_Rows_CarryPropertiesETagAndTime()
    {
        string etag = await WriteAsync(EntityWrite.Insert(Row("a", ("V", 1))));

        Entity row = Assert.Single((await PageAsync(EntityRange.All)).Entities);
        Assert.Equal((1L, etag, true), (row.Int("V"), row.ETag, row.Timestamp != default));
    }

    [SkippableFact]
    public async Task Scan_Prefix_TakesOnlyWhatBeginsWithIt()
    {
        await InsertAsync("run", "run-", "run-1", "run-2", "run.", "ru", "s", "run~", "rum");

        Assert.Equal(["run-", "run-1", "run-2"], await RowsAsync(new EntityRange(Prefix: "run-")));
    }

    [SkippableFact]
    public async Task Scan_PrefixThatNeedsEscaping_TakesOnlyWhatBeginsWithIt()
    {
        await InsertAsync("a/", "a/b", "a/é", "a0", "a", "a!", "b/");

        Assert.Equal(["a/", "a/é", "a/b"], await RowsAsync(new EntityRange(Prefix: "a/")));
    }

    [SkippableFact]
    public async Task Scan_FromAndTo_AreInclusiveAndExclusive()
    {
        await InsertAsync("a", "b", "c", "d");

        Assert.Equal(["b", "c"], await RowsAsync(new EntityRange(From: "b", To: "d")));
        Assert.Equal(["c", "d"], await RowsAsync(new EntityRange(From: "bb")));
        Assert.Equal(["a"], await RowsAsync(new EntityRange(To: "aa")));
    }

    [SkippableFact]
    public async Task Scan_PrefixAndBounds_TakesWhatFitsBoth()
    {
        await InsertAsync("a1", "a2", "a3", "b1");

        Assert.Equal(["a2"], await RowsAsync(new EntityRange(Prefix: "a", From: "a2", To: "a3")));
        Assert.Equal(["a1", "a2", "a3"], await RowsAsync(new EntityRange(Prefix: "a", From: "0", To: "z")));
        Assert.Empty(await RowsAsync(new EntityRange(Prefix: "a", From: "b")));
    }

    [SkippableFact]
    public async Task Scan_ToBeforeFrom_IsEmpty()
    {
        await InsertAsync("a", "b", "c");

        Assert.Empty(await RowsAsync(new EntityRange(From: "c", To: "a")));
        Assert.Empty(await RowsAsync(new EntityRange(From: "b", To: "b")));
    }

    [SkippableFact]
    public async Task Scan_NeighbouringPartitions_AreNotTouched()
    {
        string[] partitions = ["part", "part0", "part/", "par", "part!", "PART", ""];
        foreach (string partition in partitions)
            await WriteAsync(EntityWrite.Insert(RowOf(partition, "in-" + partition)));

        foreach (string partition in partitions)
            Assert.Equal(["in-" + partition], await RowsAsync(EntityRange.All, partition));
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(10)]
    [InlineData(11)]
    public async Task Page_AnyLimit_IsFilledAndTheScanComplete(int limit)
    {
        await InsertAsync(Numbered(10));

        EntityPage first = await PageAsync(new EntityRange(Limit: limit));

        Assert.Equal(Math.Min(limit, 10), first.Entities.Count);
        Assert.Equal(limit >= 10, first.Continuation is null);
        Assert.Equal(Numbered(10), await RowsAsync(new EntityRange(Limit: limit)));
    }

    [SkippableFact]
    public async Task Page_WithoutLimit_HoldsThousand()
    {
        await InsertAsync(Numbered(1_001));

        EntityPage first = await PageAsync(EntityRange.All);
        EntityPage second = await PageAsync(EntityRange.All with { Continuation = first.Continuation });

        Assert.Equal((1_000, 1, null), (first.Entities.Count, second.Entities.Count, second.Continuation));
    }

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(1_001)]
    public Task Page_LimitOutOfRange_IsAProgrammersMistake(int limit) =>
        Assert.ThrowsAnyAsync<ArgumentException>(() => PageAsync(new EntityRange(Limit: limit)));

    [SkippableFact]
    public async Task Continuation_OtherLimit_GoesOn()
    {
        await InsertAsync(Numbered(10));
        EntityPage first = await PageAsync(new EntityRange(Limit: 4));

        EntityPage rest = await PageAsync(new EntityRange(Limit: 100, Continuation: first.Continuation));

        Assert.Equal(Numbered(10).Skip(4), rest.Entities.Select(row => row.Key.Row));
    }

    [SkippableFact]
    public async Task Continuation_UsedTwice_GivesTheSamePage()
    {
        await InsertAsync(Numbered(10));
        var next = new EntityRange(Limit: 3, Continuation: (await PageAsync(new EntityRange(Limit: 3))).Continuation);

        EntityPage one = await PageAsync(next);
        EntityPage two = await PageAsync(next);

        Assert.Equal(one.Entities.Select(row => row.Key), two.Entities.Select(row => row.Key));
        Assert.Equal(one.Continuation, two.Continuation);
    }

    [SkippableFact]
    public async Task Continuation_LastRowOfPageDeleted_GoesOnBehindIt()
    {
        await InsertAsync("a", "b", "c");
        EntityPage first = await PageAsync(new EntityRange(Limit: 2));
        await WriteAsync(EntityWrite.Delete(new(P, "b")));

        Assert.Equal(["c"], await RowsAsync(new EntityRange(Limit: 2, Continuation: first.Continuation)));
    }

    [SkippableFact]
    public async Task Continuation_AfterReopening_GoesOn()
    {
        await InsertAsync("a", "b", "c");
        EntityPage first = await PageAsync(new EntityRange(Limit: 1));
        await ReopenAsync();

        Assert.Equal(["b", "c"], await RowsAsync(new EntityRange(Continuation: first.Continuation)));
    }

    [SkippableFact]
    public async Task Continuation_OfAnotherRange_IsInvalid()
    {
        await InsertAsync(Numbered(5));
        string token = (await PageAsync(new EntityRange(Prefix: "r", Limit: 2))).Continuation!;

        EntityRange[] others = [new(), new("r0"), new("r", From: "a"), new("r", To: "z")];
        foreach (EntityRange other in others)
            await InvalidAsync(() => PageAsync(other with { Continuation = token }));
        await InvalidAsync(() => PageAsync(new EntityRange("r", Continuation: token), "other"));
        await InvalidAsync(() => Tables.QueryAsync("u" + Table, P, new EntityRange("r", Continuation: token), None));
    }

    [SkippableTheory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("not base64 at all!")]
    [InlineData("AAAAAAAAAAAAAAAA")]
    public Task Continuation_Garbage_IsInvalid(string token) => InvalidAsync(() => PageAsync(new EntityRange(Continuation: token)));

    [SkippableFact]
    public async Task Scan_RowsComeAndGo_SeesEveryLastingRowOnce()
    {
        await InsertAsync(Numbered(300));
        using var stop = new CancellationTokenSource();
        Task churning = Task.Run(async () =>
        {
            for (int i = 0; !stop.IsCancellationRequested; i = (i + 37) % 300)
            {
                await WriteAsync(EntityWrite.Upsert(Row($"r{i:D5}x")));
                await WriteAsync(EntityWrite.Upsert(Row($"r{i:D5}", ("V", i))));
                await WriteAsync(EntityWrite.Delete(new(P, $"r{i:D5}x")));
            }
        });

        for (int scan = 0; scan < 5; scan++)
        {
            List<string> seen = await RowsAsync(new EntityRange(Limit: 7));
            Assert.Equal(Numbered(300), seen.Where(row => !row.EndsWith('x')));
            Assert.Equal(seen.Order(StringComparer.Ordinal), seen);
        }

        await stop.CancelAsync();
        await churning;
    }

    [SkippableFact]
    public void Scan_AnyKeysAndPrefix_EqualsTheModel() => Prop.ForAll<NonNull<string>[], NonNull<string>>((keys, prefix) =>
    {
        string partition = Guid.NewGuid().ToString("N");
        string[] rows = [.. keys.Select(key => key.Get).Distinct()];
        foreach (string[] chunk in rows.Chunk(100))
            Tables.WriteAsync(Table, [.. chunk.Select(row => EntityWrite.Insert(RowOf(partition, row)))], None).GetAwaiter().GetResult();
        string some = prefix.Get[..Math.Min(2, prefix.Get.Length)];
        List<string> expected = [.. rows.Where(row => row.StartsWith(some, StringComparison.Ordinal)).OrderBy(KeyEscape.Escape, StringComparer.Ordinal)];
        Assert.Equal(expected, RowsAsync(new EntityRange(some, Limit: 3), partition).GetAwaiter().GetResult());
    }).QuickCheckThrowOnFailure();

    private static Task InvalidAsync(Func<Task> query) => Refused.AsAsync(ErrorKind.Invalid, "continuation-invalid", query);
}
