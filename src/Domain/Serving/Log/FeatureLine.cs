using System.Buffers.Text;
using System.Text;
using MlOps.Domain.Serving.Units;
using MlOps.Learning.Trainers;

namespace MlOps.Domain.Serving.Log;

/// <summary>Writes rows that are numbers, their features or their whole line, one at a time.</summary>
internal sealed class FeatureLine
{
    /// <summary>A double holds every whole number up to here, and writes it as a long does.</summary>
    private const double Whole = 1e15;

    /// <summary>Ten thousandths.</summary>
    private const int Parts = 10_000;

    /// <summary>All of a line but its id, features and scores: names, numbers and the time.</summary>
    private const int Frame = 256;

    /// <summary>A time up to its seconds.</summary>
    private const int Seconds = 19;

    private readonly byte[] _secondText = new byte[LineColumn.MostDigits];
    private byte[] _line = new byte[1024];
    private int _length;

    // The second that the last line was of: mostly that of the next.
    private long _second = -1;

    /// <summary>The object of a row's features; it stays until the next.</summary>
    public ReadOnlySpan<byte> Of(LineColumns columns, RecordedNumbers numbers, int row)
    {
        _length = 0;
        PutFeatures(columns, numbers, row);
        return _line.AsSpan(0, _length);
    }

    /// <summary>The whole line of a row whose id needs no escapes and whose request was no sample; it stays until the next.</summary>
    public ReadOnlySpan<byte> Of(PredictionRecord record, LineColumns columns, RecordedNumbers numbers, int row)
    {
        _length = 0;
        Room(Frame + record.RequestId.Length);
        Put("{\"id\":\""u8);
        Ascii.FromUtf16(record.RequestId, _line.AsSpan(_length), out int written);
        _length += written;
        Put("\",\"row\":"u8);
        PutWhole(row);
        Put(",\"at\":\""u8);
        Put(record.Time.UtcDateTime);
        Put("\",\"version\":"u8);
        PutWhole(record.Version);
        Put(record.Arrival);
        Put(",\"features\":"u8);
        PutFeatures(columns, numbers, row);
        PutAnswer(record.Predictions, columns, row);
        return _line.AsSpan(0, _length);
    }

    private void Put(Arrival arrival)
    {
        if (arrival.UnitCluster > 0)
        {
            Put(",\"unit\":"u8);
            PutWhole(arrival.UnitCluster - 1);
        }

        if (arrival.IsNamed)
            Put(",\"named\":true"u8);
        if (arrival.Draw > 0)
        {
            Put(",\"draw\":"u8);
            Utf8Formatter.TryFormat(arrival.Draw, _line.AsSpan(_length), out int written);
            _length += written;
        }
    }

    private void PutFeatures(LineColumns columns, RecordedNumbers numbers, int row)
    {
        int start = _length;
        Room(columns.Room);
        for (int i = 0; i < columns.Count; i++)
            Write(in columns[i], numbers, (row * columns.Count) + i, columns.Room);
        // Each name brings the comma before it.
        if (_length == start)
            _length++;
        _line[start] = (byte)'{';
        _line[_length++] = (byte)'}';
    }

    private void PutAnswer(Predictions predictions, LineColumns columns, int row)
    {
        byte[] label = columns.Labels[predictions.Label(row)];
        ReadOnlySpan<double> scores = SegmentLines.ScoresOf(predictions, row);
        Room(Frame + label.Length + (scores.Length * LineColumn.MostDigits));
        Put(",\"prediction\":"u8);
        Put(label);
        Put(",\"scores\":"u8);
        for (int i = 0; i < scores.Length; i++)
        {
            _line[_length++] = (byte)(i == 0 ? '[' : ',');
            Put(scores[i]);
        }

        Put("]}\n"u8);
    }

    private void Write(ref readonly LineColumn column, RecordedNumbers numbers, int cell, int room)
    {
        double value = numbers.Values[cell];
        if (column.IsNumber && TryPutDigit(column.Name, value))
            return;
        // A level that the model does not know has only its text.
        byte[]? text = !double.IsNaN(value) ? column.Levels?[(int)value] : numbers.Texts?.GetValueOrDefault(cell) is { } unknown ? LineColumn.Quoted(unknown) : null;
        if (double.IsNaN(value) && text is null)
            return;
        if (text is not null)
            Room(room + text.Length);
        Put(column.Name);
        if (text is not null)
            Put(text);
        else if (column.IsFlag)
            Put(value == 1 ? "true"u8 : "false"u8);
        else
            Put(value);
    }

    /// <summary>A single digit, as most numbers are: a rank, a count.</summary>
    private bool TryPutDigit(byte[] name, double value)
    {
        int digit = (int)value;
        // By their bits, for the zero that is negative has a sign.
        if ((uint)digit >= 10 || BitConverter.DoubleToInt64Bits(value) != BitConverter.DoubleToInt64Bits(digit))
            return false;
        Put(name);
        _line[_length++] = (byte)('0' + digit);
        return true;
    }

    /// <summary>As <see cref="System.Text.Json.Utf8JsonWriter"/> writes a time of UTC: its fraction without zeros at the end.</summary>
    private void Put(DateTime time)
    {
        (long second, long fraction) = Math.DivRem(time.Ticks, TimeSpan.TicksPerSecond);
        if (second != _second)
        {
            Utf8Formatter.TryFormat(time, _secondText, out _, 'O');
            _second = second;
        }

        Put(_secondText.AsSpan(0, Seconds));
        if (fraction != 0)
            PutTicks(fraction);
        _line[_length++] = (byte)'Z';
    }

    /// <summary>A point and seven digits, without zeros at the end.</summary>
    private void PutTicks(long fraction)
    {
        const int Digits = 7;
        Span<byte> text = _line.AsSpan(_length, Digits + 1);
        text[0] = (byte)'.';
        for (int i = Digits; i > 0; i--, fraction /= 10)
            text[i] = (byte)('0' + (fraction % 10));
        _length += text.LastIndexOfAnyExcept((byte)'0') + 1;
    }

    private void PutWhole(long value)
    {
        // Most are a single digit: a row's number, a level's rank, a count.
        if ((ulong)value < 10)
        {
            _line[_length++] = (byte)('0' + value);
            return;
        }

        Utf8Formatter.TryFormat(value, _line.AsSpan(_length), out int written);
        _length += written;
    }

    private void Put(double value)
    {
        if (Math.Abs(value) < Whole && (long)value is var whole && whole == value && (whole != 0 || !double.IsNegative(value)))
            PutWhole(whole);
        else if (!TryPutDecimal(value))
            PutAny(value);
    }

    private void PutAny(double value)
    {
        if (ShortestNumber.TryFormat(value, _line.AsSpan(_length), out int written))
        {
            _length += written;
            return;
        }

        if (!double.IsFinite(value))
            throw new ArgumentException($"the number {value} cannot be written as JSON", nameof(value));
        Utf8Formatter.TryFormat(value, _line.AsSpan(_length), out written);
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
        PutWhole(whole);
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
