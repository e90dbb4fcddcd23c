using MlOps.Contracts;
using MlOps.Domain.Storage;
using MlOps.Embedded.Storage;

namespace MlOps.Embedded.Tests.Storage;

/// <summary>Who writes while nobody else does needs no other thread.</summary>
public sealed class LoneWriteTests
{
    [Fact]
    public async Task Write_NobodyElseWrites_IsDoneWhenItReturns()
    {
        using var temp = new TempDirectory();
        await using SqliteEntityTable tables = await SqliteEntityTable.OpenAsync(temp["meta.db"], TimeProvider.System, default);

        Task<string> inserted = InsertAsync(tables, "a");
        Task<string> refused = InsertAsync(tables, "a");

        Assert.True(inserted.IsCompletedSuccessfully);
        Assert.Equal("entity-exists", (await Assert.ThrowsAsync<MlOpsException>(() => refused)).Code);
        Assert.Equal(await inserted, (await tables.FindAsync("rows", new("p", "a"), default))!.ETag);
    }

    [Fact]
    public async Task Writes_OneThreadStartsManyAndWaitsForNone_AreAllThere()
    {
        using var temp = new TempDirectory();
        await using SqliteEntityTable tables = await SqliteEntityTable.OpenAsync(temp["meta.db"], TimeProvider.System, default);

        string[] etags = await Task.WhenAll(Enumerable.Range(0, 300).Select(i => InsertAsync(tables, $"{i:D3}")));

        EntityPage page = await tables.QueryAsync("rows", "p", EntityRange.All, default);
        Assert.Equal(etags, page.Entities.Select(e => e.ETag));
    }

    private static Task<string> InsertAsync(SqliteEntityTable tables, string row) => tables.WriteAsync("rows", EntityWrite.Insert(new Entity("p", row)), default);
}
