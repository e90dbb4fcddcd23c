using System.Buffers.Binary;
using System.Globalization;

namespace MlOps.Learning.Importing.Onnx;

/// <summary>TensorProto of onnx.proto: a shape, a type, and the elements in the list of that type or as raw bytes.</summary>
internal static class OnnxTensorReader
{
    public static OnnxTensor Read(ReadOnlySpan<byte> message, out string name)
    {
        name = "";
        int type = 0;
        List<long> shape = [], wholes = [];
        List<double> numbers = [];
        List<string> texts = [];
        ReadOnlySpan<byte> raw = default;
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    reader.AddTo(shape);
                    break;
                case 2:
                    type = (int)reader.Whole();
                    break;
                case 4:
                    reader.AddTo(numbers);
                    break;
                case 5 or 7:
                    reader.AddTo(wholes);
                    break;
                case 6:
                    texts.Add(reader.Text());
                    break;
                case 8:
                    name = reader.Text();
                    break;
                case 9:
                    raw = reader.Bytes();
                    break;
                case 10:
                    reader.AddDoublesTo(numbers);
                    break;
                case 13 or 14 when reader.Field == 13 || reader.Whole() == 1:
                    throw ImportErrors.Unsupported($"the tensor '{name}' stands in another file, which cannot be read: save the model as one file");
                case 14:
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        int[] lengths = [.. shape.Select(Length)];
        if (type == (int)OnnxType.Text)
            return new OnnxTensor(lengths, [.. texts]);
        OnnxType known = Type(type, name);
        double[] values = !raw.IsEmpty ? Raw(type, raw) : numbers.Count > 0 ? [.. numbers] : [.. wholes.Select(w => (double)w)];
        return new OnnxTensor(known, lengths, values);
    }

    private static int Length(long length) => length is >= 0 and <= OnnxTensor.MaxElements ? (int)length : throw ImportErrors.TooLarge("elements in a tensor", length, OnnxTensor.MaxElements);

    public static OnnxType Type(int type, string name) => type switch
    {
        1 => OnnxType.Single,
        11 => OnnxType.Double,
        2 or 3 or 4 or 5 or 6 => OnnxType.Int32,
        7 or 12 => OnnxType.Int64,
        9 => OnnxType.Boolean,
        _ => throw ImportErrors.Unsupported(string.Create(CultureInfo.InvariantCulture, $"the tensor '{name}' has elements of type {type} of onnx.proto, which are not read: export it with 32-bit floats")),
    };

    private static double[] Raw(int type, ReadOnlySpan<byte> raw)
    {
        int width = type switch { 1 or 6 => 4, 7 or 11 or 12 => 8, 4 or 5 => 2, _ => 1 };
        if (raw.Length % width != 0)
            throw ImportErrors.Damaged($"a tensor has {raw.Length:N0} bytes, of {width} each");
        var values = new double[raw.Length / width];
        for (int i = 0; i < values.Length; i++)
        {
            ReadOnlySpan<byte> at = raw.Slice(i * width, width);
            values[i] = type switch
            {
                1 => BinaryPrimitives.ReadSingleLittleEndian(at),
                11 => BinaryPrimitives.ReadDoubleLittleEndian(at),
                6 => BinaryPrimitives.ReadInt32LittleEndian(at),
                7 or 12 => BinaryPrimitives.ReadInt64LittleEndian(at),
                5 => BinaryPrimitives.ReadInt16LittleEndian(at),
                4 => BinaryPrimitives.ReadUInt16LittleEndian(at),
                3 => (sbyte)at[0],
                _ => at[0],
            };
        }

        return values;
    }
}
