namespace MlOps.Learning.Importing.Onnx;

/// <summary>The part of a graph that one of its values takes, made ready to run. Thread-safe.</summary>
internal sealed class OnnxProgram
{
    private readonly (OnnxNode Node, OnnxKernel Kernel)[] _steps;
    private readonly OnnxGraph _graph;
    private readonly string _output;

    public OnnxProgram(OnnxGraph graph, string output)
    {
        (_graph, _output) = (graph, output);
        Nodes = Needed(graph, output);
        _steps = [.. Nodes.Select(node => (node, OnnxOperators.Prepare(node, graph.Opset)))];
    }

    /// <summary>The nodes that it takes, in their order.</summary>
    public IReadOnlyList<OnnxNode> Nodes { get; }

    /// <summary>Bytes of its constants.</summary>
    public long HeldBytes => _graph.Constants.Values.Sum(c => (8L * c.Numbers.Length) + c.Texts.Sum(t => 32L + (2 * t.Length)));

    /// <param name="inputs">Tensors of the graph's inputs by name.</param>
    public OnnxTensor Run(IReadOnlyDictionary<string, OnnxTensor> inputs)
    {
        var values = new Dictionary<string, OnnxTensor>(inputs, StringComparer.Ordinal);
        foreach ((OnnxNode node, OnnxKernel kernel) in _steps)
        {
            OnnxTensor[] results = kernel([.. node.Inputs.Select(name => name.Length == 0 ? null : Value(values, name))]);
            for (int i = 0; i < results.Length && i < node.Outputs.Count; i++)
                values[node.Outputs[i]] = results[i];
        }

        return Value(values, _output);
    }

    private OnnxTensor Value(Dictionary<string, OnnxTensor> values, string name) => values.TryGetValue(name, out OnnxTensor? value) || _graph.Constants.TryGetValue(name, out value)
        ? value
        : throw ImportErrors.Damaged($"nothing in its graph makes the value '{name}'");

    private static List<OnnxNode> Needed(OnnxGraph graph, string output)
    {
        var wanted = new HashSet<string>(StringComparer.Ordinal) { output };
        var nodes = new List<OnnxNode>();
        foreach (OnnxNode node in graph.Nodes.Reverse())
        {
            if (!node.Outputs.Any(wanted.Contains))
                continue;
            if (node.Operator is "TreeEnsembleClassifier" or "LinearClassifier" && wanted.Contains(node.Outputs[0]))
                throw ImportErrors.Unsupported($"its scores are made from the label of a {node.Operator}, as in a vote of models: that is not known");
            wanted.UnionWith(node.Inputs);
            nodes.Add(node);
        }

        nodes.Reverse();
        return nodes;
    }
}
