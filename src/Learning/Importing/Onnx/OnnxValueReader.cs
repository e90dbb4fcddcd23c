namespace MlOps.Learning.Importing.Onnx;

/// <summary>Inputs and outputs of a graph.</summary>
internal static class OnnxValueReader
{
    /// <summary>ValueInfoProto: a name and the type of a tensor with its shape; maps and sequences have none.</summary>
    public static OnnxValue Read(ReadOnlySpan<byte> message)
    {
        string name = "";
        OnnxType? type = null;
        List<int>? shape = null;
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            if (reader.Field == 1)
                name = reader.Text();
            else if (reader.Field == 2)
                (type, shape) = TensorType(Inner(reader.Bytes(), 1));
            else
                reader.Skip();
        }

        return new OnnxValue(name, type, shape);
    }

    private static (OnnxType?, List<int>?) TensorType(ReadOnlySpan<byte> message)
    {
        if (message.IsEmpty)
            return (null, null);
        int type = 0;
        List<int>? shape = null;
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            if (reader.Field == 1)
                type = (int)reader.Whole();
            else if (reader.Field == 2)
                shape = Lengths(reader.Bytes());
            else
                reader.Skip();
        }

        return (type == 8 ? OnnxType.Text : OnnxTensorReader.Type(type, "of an input or output"), shape);
    }

    private static List<int> Lengths(ReadOnlySpan<byte> message)
    {
        var lengths = new List<int>();
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            if (reader.Field != 1)
            {
                reader.Skip();
                continue;
            }

            int length = -1;
            var dimension = new ProtoReader(reader.Bytes());
            while (dimension.Next())
            {
                if (dimension.Field == 1 && dimension.Whole() is > 0 and <= OnnxTensor.MaxElements and var stated)
                    length = (int)stated;
                else if (dimension.Field != 1)
                    dimension.Skip();
            }

            lengths.Add(length);
        }

        return lengths;
    }

    /// <summary>The bytes of a field that is a message, or none.</summary>
    private static ReadOnlySpan<byte> Inner(ReadOnlySpan<byte> message, int field)
    {
        ReadOnlySpan<byte> found = default;
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            if (reader.Field == field)
                found = reader.Bytes();
            else
                reader.Skip();
        }

        return found;
    }
}
