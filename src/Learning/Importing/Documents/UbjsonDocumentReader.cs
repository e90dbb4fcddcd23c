using System.Buffers.Binary;
using System.Text;

namespace MlOps.Learning.Importing.Documents;

/// <summary>
/// Universal Binary JSON (ubjson.org, draft 12): numbers are big-endian, a list may state its type (<c>$</c>) and length (<c>#</c>) in front. No
/// length is believed before the file is known to be that long.
/// </summary>
internal ref struct UbjsonDocumentReader
{
    private readonly ReadOnlySpan<byte> _file;
    private readonly DocumentBudget _budget;
    private int _at;

    private UbjsonDocumentReader(ReadOnlySpan<byte> file, DocumentBudget budget)
    {
        _file = file;
        _budget = budget;
    }

    /// <param name="memory">Bytes that its values may take.</param>
    public static DocumentValue Read(ReadOnlySpan<byte> file, long memory = ImportOptions.DefaultMemory)
    {
        var reader = new UbjsonDocumentReader(file, new DocumentBudget(memory));
        DocumentValue value = reader.Value(reader.Marker(), 0);
        return reader._at == file.Length ? value : throw ImportErrors.Damaged($"{file.Length - reader._at:N0} bytes follow its end");
    }

    private DocumentValue Value(char marker, int depth)
    {
        _budget.Take(depth);
        if (Number(marker) is { } number)
            return new DocumentNumber(number);
        return marker switch
        {
            '{' => Object(depth),
            '[' => List(depth),
            'S' => new DocumentText(Text(Length())),
            'C' => new DocumentText(Text(1)),
            'Z' => DocumentNull.Value,
            _ => throw Unknown(marker),
        };
    }

    private DocumentObject Object(int depth)
    {
        (char type, int? count) = Container();
        var members = new Dictionary<string, DocumentValue>(StringComparer.Ordinal);
        for (int i = 0; count is { } n ? i < n : !End('}'); i++)
        {
            string name = Text(Length());
            members[name] = Value(type == 0 ? Marker() : type, depth + 1);
        }

        return new DocumentObject(members);
    }

    private DocumentValue List(int depth)
    {
        (char type, int? count) = Container();
        if (type != 0 && Width(type) is var width && width > 0)
            return new DocumentNumbers(Typed(type, count!.Value, width));
        var list = new NumberList(_budget, depth + 1);
        for (int i = 0; count is { } n ? i < n : !End(']'); i++)
        {
            char marker = type == 0 ? Marker() : type;
            if (Number(marker) is { } number)
                list.Add(number);
            else
                list.Add(Value(marker, depth + 1));
        }

        return list.ToValue();
    }

    private double[] Typed(char type, int count, int width)
    {
        if ((long)count * width > _file.Length - _at)
            throw ImportErrors.Damaged($"it states a list of {count:N0} numbers at byte {_at + 1:N0}, of which only {_file.Length - _at:N0} bytes follow");
        _budget.TakeNumbers(count);
        var values = new double[count];
        for (int i = 0; i < count; i++)
            values[i] = Number(type)!.Value;
        return values;
    }

    /// <summary>The type and length that a list or an object may state.</summary>
    private (char Type, int? Count) Container()
    {
        char type = '\0';
        if (Peek() == '$')
        {
            _at++;
            type = Marker();
            if (Peek() != '#')
                throw ImportErrors.Damaged($"a list of type '{type}' at byte {_at + 1:N0} has no length");
        }

        if (Peek() != '#')
            return (type, null);
        _at++;
        int count = Length();
        // An item of a value that takes no bytes (null, true) would make any length possible.
        if (count > _file.Length - _at || (type is 'Z' or 'T' or 'F' or 'N' && count > 0))
            throw ImportErrors.Damaged($"it states {count:N0} items at byte {_at + 1:N0}, where {_file.Length - _at:N0} bytes follow");
        return (type, count);
    }

    private static int Width(char type) => type switch { 'i' or 'U' => 1, 'I' => 2, 'l' or 'd' => 4, 'L' or 'D' => 8, _ => 0 };

    private double? Number(char marker) => marker switch
    {
        'T' => 1,
        'F' => 0,
        'i' => (sbyte)Take(1)[0],
        'U' => Take(1)[0],
        'I' => BinaryPrimitives.ReadInt16BigEndian(Take(2)),
        'l' => BinaryPrimitives.ReadInt32BigEndian(Take(4)),
        'L' => BinaryPrimitives.ReadInt64BigEndian(Take(8)),
        'd' => BinaryPrimitives.ReadSingleBigEndian(Take(4)),
        'D' => BinaryPrimitives.ReadDoubleBigEndian(Take(8)),
        _ => null,
    };

    private int Length()
    {
        double length = Number(Marker()) ?? throw ImportErrors.Damaged($"a length should stand before byte {_at + 1:N0}");
        return length >= 0 && length <= _file.Length ? (int)length : throw ImportErrors.Damaged($"it states a length of {length:N0} before byte {_at + 1:N0}");
    }

    private string Text(int length) => Encoding.UTF8.GetString(Take(length));

    private char Marker()
    {
        char marker;
        do
            marker = (char)Take(1)[0];
        while (marker == 'N');
        return marker;
    }

    private readonly int Peek() => _at < _file.Length ? _file[_at] : 0;

    private bool End(char end)
    {
        bool there = Peek() == end;
        _at += there ? 1 : 0;
        return there;
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _file.Length - _at)
            throw ImportErrors.Damaged($"it ends after {_file.Length:N0} bytes in the midst of a value, so it was cut off");
        _at += count;
        return _file.Slice(_at - count, count);
    }

    private readonly MlOpsException Unknown(char marker) => ImportErrors.Damaged($"byte {_at:N0} is 0x{(int)marker:X2}, which begins no value");
}
