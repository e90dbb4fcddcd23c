namespace MlOps.Learning.Exporting.Onnx;

/// <summary>A graph while it grows: nodes and constants in the messages of onnx.proto, and names that nothing else has.</summary>
internal sealed class OnnxBuilder
{
    /// <summary>Element types of onnx.proto.</summary>
    public const int Single = 1, Int64 = 7, Text = 8, Boolean = 9;

    private const string FeatureDomain = "ai.onnx.ml";

    private readonly ProtoWriter _graph = new ProtoWriter().Text(2, "mlops");
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    /// <summary>A name that no value of the graph has: the wanted one, or that with a number behind it.</summary>
    public string Name(string wanted)
    {
        string name = wanted;
        for (int i = 2; !_names.Add(name); i++)
            name = FormattableString.Invariant($"{wanted}_{i}");
        return name;
    }

    /// <param name="shape">-1 for a length that is not fixed.</param>
    public void Input(string name, int type, params ReadOnlySpan<int> shape) => _graph.Message(11, Value(name, type, shape));

    /// <inheritdoc cref="Input"/>
    public void Output(string name, int type, params ReadOnlySpan<int> shape) => _graph.Message(12, Value(name, type, shape));

    /// <summary>States what a value is, where checkers do not know it of its operator.</summary>
    public void Declare(string name, int type, params ReadOnlySpan<int> shape) => _graph.Message(13, Value(name, type, shape));

    /// <summary>Adds a plain operator.</summary>
    /// <returns>Its output's name.</returns>
    public string Node(string op, string output, IEnumerable<string> inputs, params IEnumerable<ProtoWriter> attributes) => Node(op, "", output, inputs, attributes);

    /// <summary>Adds an operator of ai.onnx.ml.</summary>
    public string Feature(string op, string output, IEnumerable<string> inputs, params IEnumerable<ProtoWriter> attributes) => Node(op, FeatureDomain, output, inputs, attributes);

    /// <summary>Numbers of 32 bits.</summary>
    public string Constant(string name, IEnumerable<float> values, params ReadOnlySpan<int> shape) => Constant(name, Shaped(Single, shape).Singles(4, values));

    public string Constant(string name, IEnumerable<long> values, params ReadOnlySpan<int> shape) => Constant(name, Shaped(Int64, shape).Wholes(7, values));

    public string Constant(string name, IReadOnlyList<string> values)
    {
        ProtoWriter tensor = Shaped(Text, [values.Count]);
        foreach (string value in values)
            tensor.Text(6, value);
        return Constant(name, tensor);
    }

    public static ProtoWriter Whole(string name, long value) => new ProtoWriter().Text(1, name).Whole(3, value).Whole(20, 2);

    public static ProtoWriter Number(string name, float value) => new ProtoWriter().Text(1, name).Single(2, value).Whole(20, 1);

    public static ProtoWriter Wholes(string name, IEnumerable<long> values) => new ProtoWriter().Text(1, name).Wholes(8, values).Whole(20, 7);

    public static ProtoWriter Numbers(string name, IEnumerable<float> values) => new ProtoWriter().Text(1, name).Singles(7, values).Whole(20, 6);

    public static ProtoWriter Word(string name, string value) => new ProtoWriter().Text(1, name).Text(4, value).Whole(20, 3);

    public static ProtoWriter Texts(string name, IEnumerable<string> values)
    {
        ProtoWriter attribute = new ProtoWriter().Text(1, name);
        foreach (string value in values)
            attribute.Text(9, value);
        return attribute.Whole(20, 8);
    }

    /// <summary>The whole file: format 8, operators of version 15 and 3 of ai.onnx.ml, which runtimes have since 2022.</summary>
    public void Write(Stream destination, IEnumerable<KeyValuePair<string, string>> facts)
    {
        ProtoWriter model = new ProtoWriter().Whole(1, 8).Text(2, "MlOps").Message(7, _graph)
            .Message(8, new ProtoWriter().Text(1, "").Whole(2, 15)).Message(8, new ProtoWriter().Text(1, FeatureDomain).Whole(2, 3));
        foreach ((string key, string value) in facts)
            model.Message(14, new ProtoWriter().Text(1, key).Text(2, value));
        destination.Write(model.Bytes);
    }

    private string Node(string op, string domain, string output, IEnumerable<string> inputs, IEnumerable<ProtoWriter> attributes)
    {
        var node = new ProtoWriter();
        string name = Name(output);
        foreach (string input in inputs)
            node.Text(1, input);
        node.Text(2, name).Text(4, op);
        foreach (ProtoWriter attribute in attributes)
            node.Message(5, attribute);
        if (domain.Length > 0)
            node.Text(7, domain);
        _graph.Message(1, node);
        return name;
    }

    private static ProtoWriter Shaped(int type, ReadOnlySpan<int> shape)
    {
        long[] lengths = new long[shape.Length];
        for (int i = 0; i < lengths.Length; i++)
            lengths[i] = shape[i];
        return new ProtoWriter().Wholes(1, lengths).Whole(2, type);
    }

    private string Constant(string name, ProtoWriter tensor)
    {
        string own = Name(name);
        _graph.Message(5, tensor.Text(8, own));
        return own;
    }

    private static ProtoWriter Value(string name, int type, ReadOnlySpan<int> shape)
    {
        var lengths = new ProtoWriter();
        foreach (int length in shape)
            lengths.Message(1, length < 0 ? new ProtoWriter().Text(2, "rows") : new ProtoWriter().Whole(1, length));
        ProtoWriter tensor = new ProtoWriter().Whole(1, type).Message(2, lengths);
        return new ProtoWriter().Text(1, name).Message(2, new ProtoWriter().Message(1, tensor));
    }
}
