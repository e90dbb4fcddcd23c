using MlOps.Learning.Importing.Trees;
using MlOps.Learning.Trainers;
using MlOps.Learning.Trainers.Boosting;

namespace MlOps.Learning.Importing.Lightgbm;

/// <summary>The model text of LightGBM, <c>save_model('model.txt')</c>; what the lines mean is from its reader (src/io/tree.cpp, src/boosting/gbdt_model_text.cpp, up to version 4).</summary>
internal sealed class LightgbmFormat : IImportFormat
{
    private const int MaxInputs = 1_000_000;
    private const int MaxOutputs = 10_000;

    public string Name => "lightgbm";

    public bool Recognises(ReadOnlySpan<byte> file) => file.StartsWith("tree\n"u8) || file.StartsWith("tree\r\n"u8);

    public ImportedModel Read(ReadOnlyMemory<byte> file, ImportOptions options)
    {
        var text = LightgbmText.Read(file);
        LightgbmSection head = text.Head;
        var objective = LightgbmObjective.Of(head.Find("objective"));
        int outputs = head.Has("num_tree_per_iteration") ? head.Count("num_tree_per_iteration") : head.Count("num_class");
        long inputs = head.Count("max_feature_idx") + 1L;
        if (inputs > MaxInputs || outputs > MaxOutputs)
            throw inputs > MaxInputs ? ImportErrors.TooLarge("inputs", inputs, MaxInputs) : ImportErrors.TooLarge("classes", outputs, MaxOutputs);
        if (outputs < 1 || (objective.Task == LearningTask.Multiclass) != (outputs > 1))
            throw ImportErrors.Unsupported($"its objective '{head.Find("objective")}' does not go with {outputs} trees a round");
        LightgbmTree[] trees = [.. text.Trees.Take(Kept(text.Trees.Count, outputs, options)).Select((tree, i) => new LightgbmTree(tree, $"tree {i}", (int)inputs))];
        bool own = !head.Has("objective");
        return new ImportedModel(
            Build(head, objective, trees, LightgbmInputs.Of(text, trees, (int)inputs, options), outputs, options), Name, $"LightGBM (model text {head.Find("version") ?? "1"})",
            own ? ["it was trained with an objective of its owner's, so its scores are the sums of its trees, as LightGBM's are"] : []);
    }

    private static int Kept(int trees, int outputs, ImportOptions options)
    {
        int rounds = trees / outputs;
        return options.Rounds is not { } wanted ? trees
            : wanted >= 1 && wanted <= rounds ? wanted * outputs
            : throw ImportErrors.Option($"the model has {rounds} rounds, {wanted} cannot be kept");
    }

    private static TreeModel Build(LightgbmSection head, LightgbmObjective objective, LightgbmTree[] trees, LightgbmInputs inputs, int outputs, ImportOptions options)
    {
        // The softmax of two sums is the sigmoid of their difference; two sigmoids of their own are not.
        bool pair = objective.Link == OutputLink.Softmax && outputs == 2;
        double scale = objective.Scale / (head.Has("average_output") ? Math.Max(1, trees.Length / outputs) : 1);
        var assembler = new TreeAssembler(inputs.Signature.Length, pair ? 1 : outputs, options.Memory);
        for (int i = 0; i < trees.Length; i++)
        {
            double sign = pair && i % outputs == 0 ? -1 : 1;
            assembler.Add(pair ? 0 : i % outputs, trees[i].Nodes(assembler, sign * scale, input => inputs.Levels[input]!), $"tree {i}");
        }

        LearningTask task = pair ? LearningTask.Binary : objective.Task;
        ModelSignature signature = ImportedInputs.Signature(task, inputs.Signature, [], outputs, options);
        var header = new ModelHeader(
            TreeModelFormat.Name, "lightgbm", signature, new Dictionary<string, double>(), new Dictionary<string, double> { ["trees"] = trees.Length }, assembler.Importance(inputs.Signature))
        {
            Link = pair ? OutputLink.Sigmoid : objective.Link,
        };
        return new TreeModel(header, assembler.Build(new double[pair ? 1 : outputs]));
    }
}
