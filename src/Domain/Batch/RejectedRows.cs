using System.Buffers;
using System.Globalization;
using System.Text;

namespace MlOps.Domain.Batch;

/// <summary>The list of the rows that a part leaves out, as CSV. All are counted; those past its size are told in number only.</summary>
internal sealed class RejectedRows
{
    /// <summary>Some 30,000 rows with an ordinary reason.</summary>
    public const int MostBytes = 4 << 20;

    private readonly ArrayBufferWriter<byte> _lines = new();
    private long _unlisted;

    public RejectedRows() => Write("row,reason\n");

    public long Count { get; private set; }

    public void Add(long row, string reason)
    {
        Count++;
        if (_unlisted > 0 || _lines.WrittenCount + reason.Length > MostBytes)
            _unlisted++;
        else
            Write(string.Create(CultureInfo.InvariantCulture, $"{row},{CsvFields.Quoted(reason)}\n"));
    }

    /// <summary>The list; to be asked for once, at the end.</summary>
    public Stream Open()
    {
        if (_unlisted > 0)
            Write(string.Create(CultureInfo.InvariantCulture, $",{_unlisted} more rows are left out and not listed\n"));
        return new MemoryStream(_lines.WrittenMemory.ToArray());
    }

    private void Write(string line) => Encoding.UTF8.GetBytes(line, _lines);
}
