using MlOps.Learning.Importing.Documents;
using MlOps.Learning.Importing.Trees;
using MlOps.Learning.Trainers;
using MlOps.Learning.Trainers.Boosting;

namespace MlOps.Learning.Importing.Catboost;

/// <summary>
/// The model of CatBoost in JSON, <c>save_model('m.json', format='json')</c>, with inputs that are numbers; what the fields mean is from its writer
/// (catboost/libs/model/model_export) and the C++ that it exports.
/// </summary>
internal sealed class CatboostFormat : IImportFormat
{
    public string Name => "catboost-json";

    public bool Recognises(ReadOnlySpan<byte> file) => Json.Begins(file) && file.IndexOf("\"features_info\""u8) >= 0;

    public ImportedModel Read(ReadOnlyMemory<byte> file, ImportOptions options)
    {
        var root = new Place(JsonDocumentReader.Read(file.Span, options.Memory), "");
        var inputs = CatboostInputs.Of(root["features_info"]);
        Place? info = root.Find("model_info");
        var objective = CatboostObjective.Of(info);
        (double scale, double[] bias) = ScaleAndBias(root.Find("scale_and_bias"));
        CatboostTree[] trees = [.. Trees(root, options).Select(p => new CatboostTree(p))];
        int outputs = trees.Length == 0 ? Math.Max(1, bias.Length) : trees[0].Outputs;
        if (trees.Any(t => t.Outputs != outputs) || (bias.Length != 1 && bias.Length != outputs))
            throw ImportErrors.Damaged($"its trees and biases are for different numbers of outputs ({outputs}, {bias.Length})");
        if ((objective.Task == LearningTask.Multiclass) != (outputs > 1))
            throw ImportErrors.Unsupported($"the loss '{objective.Name}' does not go with {outputs} outputs, a model here has one but for classes: train a model for each");
        bool pair = outputs == 2 && objective.Link == OutputLink.Softmax;
        return new ImportedModel(Build(trees, inputs, objective, scale, bias, outputs, pair, Classes(info), options), Name, "CatBoost", []);
    }

    private static TreeModel Build(
        CatboostTree[] trees, CatboostInputs inputs, CatboostObjective objective, double scale, double[] bias, int outputs, bool pair, IReadOnlyList<string> classes, ImportOptions options)
    {
        FeatureSignature[] features = [.. ImportedInputs.Names(inputs.Names, inputs.Names.Count, options).Select(name => ImportedInputs.Number(name, options))];
        var assembler = new TreeAssembler(features.Length, pair ? 1 : outputs, options.Memory);
        for (int i = 0; i < trees.Length; i++)
        {
            for (int k = 0; k < outputs; k++)
                assembler.Add(pair ? 0 : k, trees[i].Nodes(inputs, k, pair && k == 0 ? -scale : scale), $"tree {i}");
        }

        LearningTask task = pair ? LearningTask.Binary : objective.Task;
        ModelSignature signature = ImportedInputs.Signature(task, features, classes, outputs, options);
        double[] start = bias.Length == outputs ? bias : [.. Enumerable.Repeat(bias[0], outputs)];
        var header = new ModelHeader(TreeModelFormat.Name, "catboost", signature, new Dictionary<string, double>(), new Dictionary<string, double> { ["trees"] = trees.Length }, [])
        {
            Link = pair ? OutputLink.Sigmoid : objective.Link,
        };
        return new TreeModel(header, assembler.Build(pair ? [start[1] - start[0]] : start));
    }

    private static IEnumerable<Place> Trees(Place root, ImportOptions options)
    {
        IReadOnlyList<Place> trees = (root.Find("oblivious_trees") ?? root["trees"]).Items;
        return options.Rounds is not { } wanted ? trees
            : wanted >= 1 && wanted <= trees.Count ? trees.Take(wanted)
            : throw ImportErrors.Option($"the model has {trees.Count} rounds, {wanted} cannot be kept");
    }

    /// <summary>A number and a list; the bias was a number too in old files.</summary>
    private static (double Scale, double[] Bias) ScaleAndBias(Place? place)
    {
        if (place is not { } found)
            return (1, [0]);
        if (found.Items is not [var scale, var bias])
            throw found.Wrong("a scale and a bias");
        double[] biases = bias.Value is DocumentNumber number ? [number.Value] : bias.Numbers;
        return biases.Length > 0 && biases.All(double.IsFinite) && double.IsFinite(scale.Number) ? (scale.Number, biases) : throw found.Wrong("made of numbers");
    }

    private static IReadOnlyList<string> Classes(Place? info)
    {
        if (info?.Find("class_params")?.Find("class_names") is not { } names)
            return [];
        return names.Value is DocumentNumbers numbers
            ? [.. numbers.Values.Select(n => n.ToString("R", System.Globalization.CultureInfo.InvariantCulture))]
            : names.Texts;
    }
}
