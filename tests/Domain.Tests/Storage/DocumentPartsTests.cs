using System.Text;
using FsCheck;
using FsCheck.Fluent;
using MlOps.Domain.Storage;

namespace MlOps.Domain.Tests.Storage;

/// <summary>A document of any length is what was written last, whoever reads it when.</summary>
public sealed class DocumentPartsTests : IAsyncLifetime
{
    private static readonly EntityKey Key = new("e", "d");

    private readonly EmbeddedStores _stores = new();
    private readonly DocumentParts _parts;

    public DocumentPartsTests() => _parts = new DocumentParts(_stores.Tables, "docs");

    private static CancellationToken None => CancellationToken.None;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _stores.DisposeAsync();

    [Fact]
    public void Write_AnyDocumentsOneAfterTheOther_ReadsEachAndKeepsNoPartForLong() => Prop.ForAll(
        Gen.Choose(0, 40).Two().Select(t => (Lines: t.Item1, Changed: t.Item2)).ArrayOf().Where(steps => steps.Length is > 0 and < 9).ToArbitrary(), steps =>
    {
        byte[] document = [];
        foreach ((int lines, int changed) in steps)
        {
            document = Document(lines * 100_000, changed);
            WriteAsync(document).GetAwaiter().GetResult();
            Assert.True(document.AsSpan().SequenceEqual(ReadAsync().GetAwaiter().GetResult()));
            _stores.Time.Advance(TimeSpan.FromSeconds(40));
        }

        // Two writes more, beyond the time in which somebody may still read what was there before.
        foreach (int _ in new[] { 1, 2 })
        {
            _stores.Time.Advance(TimeSpan.FromMinutes(2));
            WriteAsync(document).GetAwaiter().GetResult();
        }

        Assert.Equal(PieceList.Read(RowAsync().GetAwaiter().GetResult()!).Parts.Order(), PartsAsync().GetAwaiter().GetResult());
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(15));

    [Fact]
    public async Task Write_LongDocumentChangedAtItsEnd_WritesNoPartAnew()
    {
        byte[] document = Document(3_000_000, 0);
        await WriteAsync(document);
        string[] before = await PartsAsync();

        await WriteAsync([.. document, .. "and more"u8]);

        Assert.Equal(before, await PartsAsync());
        Assert.InRange(before.Length, 10, 80);
    }

    [Fact]
    public async Task Read_RowReplacedMeanwhileAndItsPartsGone_IsTheNewDocument()
    {
        await WriteAsync(Document(2_000_000, 1));
        Entity old = (await RowAsync())!;
        byte[] after = Document(2_000_000, 2);
        await WriteAsync(after);
        await _parts.RemoveAsync("d", [.. PieceList.Read(old).Parts], None);

        (Entity Row, byte[] Document)? read = await _parts.ReadAsync(old, "d", None);

        Assert.Equal(after, read!.Value.Document);
        Assert.NotEqual(old.ETag, read.Value.Row.ETag);
    }

    [Fact]
    public async Task Read_RowRemovedMeanwhile_IsNone()
    {
        await WriteAsync(Document(2_000_000, 1));
        Entity old = (await RowAsync())!;
        await _stores.Tables.WriteAsync("docs", EntityWrite.Delete(Key), None);
        await _parts.RemoveAllAsync("d", None);

        Assert.Null(await _parts.ReadAsync(old, "d", None));
        Assert.Equal(0, await _parts.BytesAsync("d", None));
    }

    [Fact]
    public async Task Read_PartThatNobodyReplaced_SaysThatItIsGone()
    {
        await WriteAsync(Document(2_000_000, 1));
        await _parts.RemoveAsync("d", [(await PartsAsync())[0]], None);

        MlOpsException e = await Assert.ThrowsAsync<MlOpsException>(async () => await ReadAsync());

        Assert.Equal((ErrorKind.Unavailable, "document-busy"), (e.Kind, e.Code));
        Assert.Contains("a part of it is gone", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Write_OfTwoFromTheSameVersion_NameTheirPartsApartFromThoseOfLaterVersions()
    {
        byte[] one = Document(2_000_000, 1);
        await WriteAsync(one);
        string[] first = await PartsAsync();
        await WriteAsync(Document(2_000_000, 2));

        await WriteAsync(one);

        Assert.Empty(PieceList.Read((await RowAsync())!).Parts.Intersect(first));
    }

    private async Task WriteAsync(byte[] document)
    {
        Entity? before = await RowAsync();
        var cut = CutDocument.Of(document, before is null ? PieceList.None : PieceList.Read(before), before?.ETag, _stores.Time.GetUtcNow());
        await _parts.WriteAsync("d", cut.Added, None);
        var row = new Entity(Key.Partition, Key.Row);
        DocumentParts.Set(row, cut);
        await _stores.Tables.WriteAsync("docs", before is null ? EntityWrite.Insert(row) : EntityWrite.Replace(row, before.ETag!), None);
        await _parts.RemoveAsync("d", cut.Due, None);
    }

    private Task<Entity?> RowAsync() => _stores.Tables.FindAsync("docs", Key, None);

    private async Task<byte[]?> ReadAsync() => (await _parts.ReadAsync(await RowAsync(), "d", None))?.Document;

    private async Task<string[]> PartsAsync() =>
        await _stores.Tables.ScanAsync("docsParts", "d", new EntityRange(Limit: 10), None).Select(row => row.Key.Row).ToArrayAsync();

    /// <summary>Lines of which one in 1,000 is that of this change.</summary>
    private static byte[] Document(int bytes, int change)
    {
        var text = new StringBuilder(bytes + 64);
        for (int i = 0; text.Length < bytes; i++)
            text.Append(i % 1_000 == 0 ? $"change {change} " : $"line {i * 7_919}\n");
        return Encoding.ASCII.GetBytes(text.ToString(0, bytes));
    }
}
