namespace MlOps.Learning.Importing.Onnx;

/// <summary>The parts of a file that a prediction takes.</summary>
/// <param name="Opset">Version of the plain operators.</param>
/// <param name="Nodes">In an order in which each comes after those it takes from.</param>
internal sealed record OnnxGraph(
    string Producer, int Opset, IReadOnlyList<OnnxNode> Nodes, IReadOnlyDictionary<string, OnnxTensor> Constants, IReadOnlyList<OnnxValue> Inputs, IReadOnlyList<OnnxValue> Outputs)
{
    /// <summary>The target that <c>mlops model export</c> left with the model.</summary>
    public string? Target { get; init; }
}

/// <summary>An input or output.</summary>
/// <param name="Type">Null for maps and sequences.</param>
/// <param name="Shape">-1 where a length is not fixed; null when none is stated.</param>
internal sealed record OnnxValue(string Name, OnnxType? Type, IReadOnlyList<int>? Shape)
{
    /// <summary>Columns of a row; null when that is not stated.</summary>
    public int? Columns => Shape switch
    {
        null or [] => null,
        [_] => 1,
        [_, > 0 and var columns] => columns,
        _ => null,
    };
}

/// <summary>One application of an operator.</summary>
/// <param name="Inputs">Names of values; empty for one that is left out.</param>
internal sealed record OnnxNode(string Operator, string Domain, IReadOnlyList<string> Inputs, IReadOnlyList<string> Outputs, IReadOnlyDictionary<string, OnnxAttribute> Attributes)
{
    public long Whole(string name, long otherwise) => Attributes.TryGetValue(name, out OnnxAttribute? a) ? a.Whole : otherwise;

    public double Number(string name, double otherwise) => Attributes.TryGetValue(name, out OnnxAttribute? a) ? a.Number : otherwise;

    public string Text(string name, string otherwise) => Attributes.TryGetValue(name, out OnnxAttribute? a) ? a.Text : otherwise;

    public IReadOnlyList<long> Wholes(string name) => Attributes.TryGetValue(name, out OnnxAttribute? a) ? a.Wholes : [];

    public IReadOnlyList<string> Texts(string name) => Attributes.TryGetValue(name, out OnnxAttribute? a) ? a.Texts : [];

    /// <summary>A list of numbers, or the tensor that may stand for it (<c>..._as_tensor</c>).</summary>
    public IReadOnlyList<double> Numbers(string name) => Attributes.TryGetValue(name, out OnnxAttribute? a) && a.Numbers.Count > 0 ? a.Numbers
        : Attributes.TryGetValue(name + "_as_tensor", out OnnxAttribute? tensor) && tensor.Tensor is { } values ? values.Numbers : [];

    public OnnxTensor? Tensor(string name) => Attributes.TryGetValue(name, out OnnxAttribute? a) ? a.Tensor : null;

    public override string ToString() => Domain.Length == 0 ? Operator : $"{Domain}.{Operator}";
}

/// <summary>An attribute; the format says in each which of these it has.</summary>
internal sealed record OnnxAttribute(long Whole, double Number, string Text, IReadOnlyList<long> Wholes, IReadOnlyList<double> Numbers, IReadOnlyList<string> Texts, OnnxTensor? Tensor);
