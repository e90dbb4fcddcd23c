using System.Text;
using MlOps.Learning.Tables;
using MlOps.Learning.Tables.Parsing;

namespace MlOps.Learning.Tests.Tables;

public sealed class GrowableTests
{
    [Fact]
    public void Extend_BeyondTheLongestArray_IsTooLargeAndKeepsTheItems()
    {
        var items = new Growable<byte>();
        items.Add(7);
        MlOpsException error = Assert.Throws<MlOpsException>(() => { items.Extend(Array.MaxLength, 0); });
        Assert.Equal((ErrorKind.TooLarge, "table-too-large"), (error.Kind, error.Code));
        Assert.Equal([7], items.Items.ToArray());
    }

    /// <summary>One short row promises a great many; the rest of the file may be one long one.</summary>
    [Fact]
    public async Task ReadAsync_FileWhoseLengthPromisesTooMuch_TakesMemoryForWhatIsThere()
    {
        const long Room = 256L << 20;
        long before = GC.GetTotalAllocatedBytes();
        Table table = await CsvReader.ReadAsync(new LongStream(Encoding.UTF8.GetBytes("a,b\n1,2\n3,4\n")), CsvOptions.Default, CancellationToken.None);
        Assert.Equal(2, table.RowCount);
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 8 * Room);
    }

    private sealed class LongStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override long Length => 1L << 40;
    }
}
