namespace MlOps.Learning.Importing.Onnx;

/// <summary>Reads the messages of onnx.proto (github.com/onnx/onnx) that make up a model.</summary>
internal static class OnnxReader
{
    private const int MaxNodes = 100_000;

    public static OnnxGraph Read(ReadOnlySpan<byte> file)
    {
        try
        {
            return ReadModel(file);
        }
        catch (InvalidDataException e)
        {
            throw ImportErrors.Damaged(e.Message);
        }
    }

    private static OnnxGraph ReadModel(ReadOnlySpan<byte> file)
    {
        string producer = "", version = "";
        string? target = null;
        int opset = 1;
        ReadOnlySpan<byte> graph = default;
        var reader = new ProtoReader(file);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 2:
                    producer = reader.Text();
                    break;
                case 3:
                    version = reader.Text();
                    break;
                case 7:
                    graph = reader.Bytes();
                    break;
                case 8:
                    opset = Opset(reader.Bytes(), opset);
                    break;
                case 14:
                    target = Fact(reader.Bytes(), "target") ?? target;
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return graph.IsEmpty ? throw ImportErrors.Damaged("it has no graph") : Graph(graph, $"ONNX by {(producer.Length > 0 ? producer : "an unnamed tool")} {version}".TrimEnd(), opset) with { Target = target };
    }

    /// <summary>The value of an entry of that name.</summary>
    private static string? Fact(ReadOnlySpan<byte> message, string name)
    {
        string key = "", value = "";
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            if (reader.Field == 1)
                key = reader.Text();
            else if (reader.Field == 2)
                value = reader.Text();
            else
                reader.Skip();
        }

        return key == name ? value : null;
    }

    private static int Opset(ReadOnlySpan<byte> message, int before)
    {
        string domain = "";
        long version = 0;
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            if (reader.Field == 1)
                domain = reader.Text();
            else if (reader.Field == 2)
                version = reader.Whole();
            else
                reader.Skip();
        }

        return domain is "" or "ai.onnx" ? (int)version : before;
    }

    private static OnnxGraph Graph(ReadOnlySpan<byte> message, string producer, int opset)
    {
        var nodes = new List<OnnxNode>();
        var constants = new Dictionary<string, OnnxTensor>(StringComparer.Ordinal);
        List<OnnxValue> inputs = [], outputs = [];
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1 when nodes.Count < MaxNodes:
                    nodes.Add(Node(reader.Bytes()));
                    break;
                case 1:
                    throw ImportErrors.TooLarge("nodes", nodes.Count + 1L, MaxNodes);
                case 5:
                    OnnxTensor tensor = OnnxTensorReader.Read(reader.Bytes(), out string name);
                    constants[name] = tensor;
                    break;
                case 11:
                    inputs.Add(OnnxValueReader.Read(reader.Bytes()));
                    break;
                case 12:
                    outputs.Add(OnnxValueReader.Read(reader.Bytes()));
                    break;
                case 15:
                    throw ImportErrors.Unsupported("it has sparse initializers, which are not read: export it with dense ones");
                default:
                    reader.Skip();
                    break;
            }
        }

        // Old files list constants among the inputs.
        return new OnnxGraph(producer, opset, nodes, constants, [.. inputs.Where(i => !constants.ContainsKey(i.Name))], outputs);
    }

    private static OnnxNode Node(ReadOnlySpan<byte> message)
    {
        List<string> inputs = [], outputs = [];
        string op = "", domain = "";
        var attributes = new Dictionary<string, OnnxAttribute>(StringComparer.Ordinal);
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    inputs.Add(reader.Text());
                    break;
                case 2:
                    outputs.Add(reader.Text());
                    break;
                case 4:
                    op = reader.Text();
                    break;
                case 5:
                    OnnxAttribute attribute = Attribute(reader.Bytes(), out string name);
                    attributes[name] = attribute;
                    break;
                case 7:
                    domain = reader.Text();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return new OnnxNode(op, domain == "ai.onnx" ? "" : domain, inputs, outputs, attributes);
    }

    private static OnnxAttribute Attribute(ReadOnlySpan<byte> message, out string name)
    {
        name = "";
        long whole = 0;
        double number = 0;
        string text = "";
        OnnxTensor? tensor = null;
        List<long> wholes = [];
        List<double> numbers = [];
        List<string> texts = [];
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    name = reader.Text();
                    break;
                case 2:
                    number = reader.Single();
                    break;
                case 3:
                    whole = reader.Whole();
                    break;
                case 4:
                    text = reader.Text();
                    break;
                case 5:
                    tensor = OnnxTensorReader.Read(reader.Bytes(), out _);
                    break;
                case 7:
                    reader.AddTo(numbers);
                    break;
                case 8:
                    reader.AddTo(wholes);
                    break;
                case 9:
                    texts.Add(reader.Text());
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return new OnnxAttribute(whole, number, text, wholes, numbers, texts, tensor);
    }
}
