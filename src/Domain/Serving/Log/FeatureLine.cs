using System.Buffers.Text;

namespace MlOps.Domain.Serving.Log;

/// <summary>Writes the features of rows that are numbers as JSON objects, one at a time.</summary>
internal sealed class FeatureLine
{
    /// <summary>A double holds every whole number up to here, and writes it as a long does.</summary>
    private const double Whole = 1e15;

    /// <summary>Ten thousandths.</summary>
    private const int Parts = 10_000;

    private byte[] _line = new byte[1024];
    private int _length;

    /// <summary>The object of a row's features; it stays until the next.</summary>
    public ReadOnlySpan<byte> Of(LineColumns columns, RecordedNumbers numbers, int row)
    {
        _length = 0;
        for (int i = 0; i < columns.Count; i++)
            Write(in columns[i], numbers, (row * columns.Count) + i);
        Room(2);
        if (_length == 0)
            _line[_length++] = (byte)'{';
        _line[_length++] = (byte)'}';
        return _line.AsSpan(0, _length);
    }

    private void Write(ref readonly LineColumn column, RecordedNumbers numbers, int cell)
    {
        double value = numbers.Values[cell];
        // A level that the model does not know has only its text.
        byte[]? text = !double.IsNaN(value) ? column.Levels?[(int)value] : numbers.Texts?.GetValueOrDefault(cell) is { } unknown ? LineColumn.Quoted(unknown) : null;
        if (double.IsNaN(value) && text is null)
            return;
        Room(column.Room + (text?.Length ?? 0));
        _line[_length] = _length == 0 ? (byte)'{' : (byte)',';
        _length++;
        Put(column.Name);
        if (text is not null)
            Put(text);
        else if (column.IsFlag)
            Put(value == 1 ? "true"u8 : "false"u8);
        else
            Put(value);
    }

    private void Put(double value)
    {
        int written;
        if (Math.Abs(value) < Whole && (long)value is var whole && whole == value && (whole != 0 || !double.IsNegative(value)))
            Utf8Formatter.TryFormat(whole, _line.AsSpan(_length), out written);
        else if (TryPutDecimal(value))
            return;
        else if (double.IsFinite(value))
            Utf8Formatter.TryFormat(value, _line.AsSpan(_length), out written);
        else
            throw new ArgumentException($"the number {value} cannot be written as JSON", nameof(value));
        _length += written;
    }

    /// <summary>
    /// A number of one to four decimals and thirteen digits, as most in tables are. The quotient of two whole numbers is rounded as the
    /// reading of the decimal is, and no two decimals of so few digits are the same double: it is what the shortest form would be.
    /// </summary>
    private bool TryPutDecimal(double value)
    {
        double scaled = Math.Round(Math.Abs(value) * Parts);
        if (!(scaled < Parts * 1e9) || scaled / Parts != Math.Abs(value))
            return false;
        (long whole, long part) = Math.DivRem((long)scaled, Parts);
        if (part == 0)
            return false;
        if (value < 0)
            _line[_length++] = (byte)'-';
        Utf8Formatter.TryFormat(whole, _line.AsSpan(_length), out int written);
        _length += written;
        _line[_length++] = (byte)'.';
        for (int digit = Parts / 10; part != 0; digit /= 10)
        {
            _line[_length++] = (byte)('0' + (part / digit));
            part %= digit;
        }

        return true;
    }

    private void Put(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_line.AsSpan(_length));
        _length += bytes.Length;
    }

    private void Room(int bytes)
    {
        if (_length + bytes > _line.Length)
            Array.Resize(ref _line, Math.Max(_length + bytes, _line.Length * 2));
    }
}
