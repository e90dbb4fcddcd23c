using MlOps.Learning.Importing.Onnx.Kernels;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Importing.Onnx;

/// <summary>The inputs of a graph as those of a model: a feature for each column of each tensor.</summary>
internal sealed class OnnxInputs
{
    private const int MaxFeatures = 1_000_000;

    private readonly OnnxGraph _graph;
    private readonly int[] _columns;

    /// <param name="named">Names that the caller gives, for how many a tensor of unknown width has.</param>
    public OnnxInputs(OnnxGraph graph, int named)
    {
        _graph = graph;
        if (graph.Inputs.Count == 0)
            throw ImportErrors.Damaged("its graph has no inputs");
        _columns = [.. graph.Inputs.Select(i => i.Columns ?? (graph.Inputs.Count == 1 ? Width(graph, i, named) : throw Unknown(i)))];
        long sum = _columns.Sum(c => (long)c);
        Count = sum <= MaxFeatures ? (int)sum : throw ImportErrors.TooLarge("inputs", sum, MaxFeatures);
    }

    /// <summary>Features.</summary>
    public int Count { get; }

    public FeatureSignature[] Signature(ImportOptions options)
    {
        string[] file = [.. _graph.Inputs.SelectMany((input, i) => Enumerable.Range(0, _columns[i]).Select(c =>
            _columns[i] == 1 ? input.Name : _graph.Inputs.Count == 1 ? FormattableString.Invariant($"f{c}") : FormattableString.Invariant($"{input.Name}_{c}")))];
        IReadOnlyList<string> names = ImportedInputs.Names(file, Count, options);
        var signature = new FeatureSignature[Count];
        int at = 0;
        for (int i = 0; i < _columns.Length; i++)
        {
            for (int c = 0; c < _columns[i]; c++, at++)
                signature[at] = Feature(_graph.Inputs[i], names[at], options);
        }

        return signature;
    }

    /// <summary>Rows of features as the tensors of the graph.</summary>
    public Dictionary<string, OnnxTensor> Tensors(ReadOnlySpan<double> rows, IReadOnlyList<FeatureSignature> signature)
    {
        int count = rows.Length / Count;
        var tensors = new Dictionary<string, OnnxTensor>(StringComparer.Ordinal);
        int from = 0;
        for (int i = 0; i < _columns.Length; i++)
        {
            var values = new double[count * _columns[i]];
            for (int at = 0; at < values.Length; at++)
                values[at] = rows[(at / _columns[i] * Count) + from + (at % _columns[i])];
            OnnxValue input = _graph.Inputs[i];
            int[] shape = input.Shape?.Count == 1 ? [count] : [count, _columns[i]];
            int first = from;
            tensors[input.Name] = input.Type == OnnxType.Text
                ? new OnnxTensor(shape, [.. values.Select((v, at) => double.IsNaN(v) ? "" : signature[first + (at % _columns[i])].Levels![(int)v])])
                : OnnxTensor.Rounded(input.Type!.Value, shape, values);
            from += _columns[i];
        }

        return tensors;
    }

    private FeatureSignature Feature(OnnxValue input, string name, ImportOptions options) => input.Type switch
    {
        OnnxType.Single or OnnxType.Double => ImportedInputs.Number(name, options),
        OnnxType.Int32 or OnnxType.Int64 => ImportedInputs.Number(name, options) with { Optional = false },
        OnnxType.Boolean => new FeatureSignature(name, ColumnType.Boolean, Optional: false),
        OnnxType.Text => ImportedInputs.Category(name, Categories(input.Name), 0, options),
        _ => throw ImportErrors.Unsupported($"its input '{input.Name}' is no tensor"),
    };

    /// <summary>Texts that any encoder tells apart which the input leads to; all others are as unknown to them as a missing one.</summary>
    private string[] Categories(string input)
    {
        var reached = new HashSet<string>(StringComparer.Ordinal) { input };
        var texts = new List<string>();
        foreach (OnnxNode node in _graph.Nodes.Where(n => n.Inputs.Any(reached.Contains)))
        {
            reached.UnionWith(node.Outputs);
            texts.AddRange(FeatureOperators.Categories(node));
        }

        return [.. texts.Distinct(StringComparer.Ordinal)];
    }

    private static int Width(OnnxGraph graph, OnnxValue input, int named)
    {
        if (named > 0)
            return named;
        OnnxNode? first = graph.Nodes.FirstOrDefault(n => n.Inputs.Contains(input.Name));
        int stated = first?.Operator switch
        {
            "Scaler" => Math.Max(first.Numbers("offset").Count, first.Numbers("scale").Count),
            "Imputer" => first.Numbers("imputed_value_floats").Count,
            "LinearRegressor" => first.Numbers("coefficients").Count / (int)Math.Max(1, first.Whole("targets", 1)),
            "Gemm" or "MatMul" when first.Inputs.Count > 1 && graph.Constants.TryGetValue(first.Inputs[1], out OnnxTensor? by) && by.Rank == 2 => by.Shape[first.Whole("transB", 0) != 0 ? 1 : 0],
            _ => 0,
        };
        return stated > 1 ? stated : throw Unknown(input);
    }

    private static MlOpsException Unknown(OnnxValue input) =>
        ImportErrors.Option($"the file does not say how many columns its input '{input.Name}' has: give the names of all inputs, in their order");
}
