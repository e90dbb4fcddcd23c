using MlOps.Learning.Explaining;
using MlOps.Learning.Trainers;
using MlOps.Learning.Trainers.Boosting;

namespace MlOps.Learning.Importing.Onnx;

/// <summary>ONNX, what scikit-learn's pipelines (skl2onnx) and small networks become; the messages are onnx.proto's, the operators those of its documents up to opset 17 and ai.onnx.ml 3.</summary>
internal sealed class OnnxFormat : IImportFormat
{
    public string Name => "onnx";

    /// <summary>The first field is the version of the format, a small number.</summary>
    public bool Recognises(ReadOnlySpan<byte> file) => file is [0x08, > 0 and < 0x20, 0x12 or 0x1A or 0x22 or 0x28 or 0x32 or 0x3A or 0x42, ..];

    public ImportedModel Read(ReadOnlyMemory<byte> file, ImportOptions options)
    {
        if (options.Rounds is not null)
            throw ImportErrors.Option("a graph has no rounds to keep");
        OnnxGraph graph = OnnxReader.Read(file.Span);
        if (graph.Target is { } target && options.Target == ImportOptions.Default.Target)
            options = options with { Target = target };
        OnnxOutput output = OnnxOutput.Of(graph);
        var inputs = new OnnxInputs(graph, options.Features.Count);
        FeatureSignature[] features = inputs.Signature(options);
        var program = new OnnxProgram(graph, output.Value);
        OnnxTensor probe = Probe(program, inputs, features, output);
        LearningTask task = output.Task(probe.Count);
        ModelSignature signature = ImportedInputs.Signature(task, features, output.Classes, probe.Count, options);
        IModel model = OnnxNative.TryMake(graph, program, signature) ?? new OnnxModel(
            new ModelHeader(OnnxModelFormat.Name, "onnx", signature, new Dictionary<string, double>(), new Dictionary<string, double>(), []), file.ToArray(), program, inputs);
        return new ImportedModel(model, Name, graph.Producer, [.. Notes(model)]);
    }

    private static IEnumerable<string> Notes(IModel model)
    {
        if (model is not IExplainable)
            yield return "it is a graph of more than trees or weights: it is served and evaluated, and cannot be explained exactly: mlops explain --method interventional samples, against background rows";
        else if (model is TreeModel { Trees: var trees } && trees.Cover.All(c => c == 0))
            yield return "its file does not say how many rows of training came to each node, so contributions weigh both sides of a split alike";
    }

    /// <summary>One row of zeros and first levels: what the graph cannot do comes out now, and how wide its scores are.</summary>
    private static OnnxTensor Probe(OnnxProgram program, OnnxInputs inputs, FeatureSignature[] features, OnnxOutput output)
    {
        double[] row = [.. features.Select(f => f.Levels is { Count: 0 } ? double.NaN : 0)];
        OnnxTensor scores = program.Run(inputs.Tensors(row, features));
        if (scores.Count == 0 || scores.Type == OnnxType.Text)
            throw ImportErrors.Unsupported($"its output '{output.Value}' has no numbers");
        bool probabilities = !output.Margins && scores.Numbers.All(n => n is >= -1e-6 and <= 1 + 1e-6 or double.NaN);
        return probabilities || !output.Classifies ? scores : throw ImportErrors.Unsupported(
            $"its output '{output.Value}' has scores that are no probabilities ({string.Join(", ", scores.Numbers.Take(5))} for a row of zeros): export it with probabilities (post_transform SOFTMAX or LOGISTIC)");
    }
}
