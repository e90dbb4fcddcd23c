using System.Text.Json;
using MlOps.Learning.Tables;
using MlOps.Learning.Trainers;
using MlOps.Learning.Trainers.Boosting;
using MlOps.Learning.Trainers.Linear;

namespace MlOps.Learning.Exporting.Onnx;

/// <summary>
/// A model as a graph of ONNX: an input of the shape [rows, 1] for each feature, in their own types; out come <c>probabilities</c> and <c>label</c>, or
/// <c>variable</c> of a regression.
/// </summary>
internal sealed class OnnxExport : IExportFormat
{
    public string Name => "onnx";

    public string Extension => ".onnx";

    public IReadOnlyList<string> Write(IModel model, Stream destination)
    {
        var graph = new OnnxBuilder();
        string[] inputs = [.. model.Signature.Inputs.Select(i => Input(graph, i))];
        (string sums, OutputLink link) = model switch
        {
            TreeModel trees => (Line(graph, OnnxTreesOut.Sums(graph, inputs, trees.Signature, trees.Trees), trees.Header.Calibration), LinkOf(trees.Header)),
            LinearModel linear => (OnnxLinearOut.Sums(graph, inputs, linear.Signature, linear.Fitted), LinkOf(linear.Header)),
            _ => throw ModelExporter.Unsupported($"a model of trainer '{model.Trainer}' is neither trees nor linear, so it has no graph: export gbdt, linear, forest or baseline"),
        };
        OnnxScoresOut.Write(graph, sums, link, model.Signature);
        graph.Write(destination, [new("target", model.Signature.Target), new("inputs", JsonSerializer.Serialize(model.Signature.Inputs.Select(i => i.Name)))]);
        return [.. Notes(model.Signature)];
    }

    private static IEnumerable<string> Notes(ModelSignature signature)
    {
        if (signature.Inputs.Any(i => i.Type == ColumnType.Timestamp))
            yield return "timestamps come in as seconds since 1970-01-01 UTC and are rounded to 32 bits, which is to about two minutes today";
        if (signature.Inputs.Any(i => i.Levels is not null))
            yield return "a category that is missing comes in as the empty text, as does any text that is no level";
        if (signature.Inputs.Any(i => i.Type == ColumnType.Boolean && i.Optional))
            yield return "booleans come in as 0 and 1, NaN where they are missing";
    }

    private static OutputLink LinkOf(ModelHeader header) => header.Calibration is not null ? OutputLink.Sigmoid : header.Link ?? Links.Of(header.Signature.Task);

    /// <summary>The line inside a calibration by Platt; the sigmoid around it is the link of a binary model.</summary>
    private static string Line(OnnxBuilder graph, string sums, ScoreCalibration? calibration)
    {
        if (calibration is null)
            return sums;
        if (calibration.Method != ScoreCalibration.Platt)
            throw ModelExporter.Unsupported($"the model's probabilities are calibrated ({calibration.Method}), which has no operator in ONNX: train with calibrate=platt or calibrate=none");
        string scaled = graph.Node("Mul", "scaled", [sums, graph.Constant("slope", [(float)calibration.Margins[0]], 1, 1)]);
        return graph.Node("Add", "calibrated", [scaled, graph.Constant("intercept", [(float)calibration.Margins[1]], 1, 1)]);
    }

    private static string Input(OnnxBuilder graph, FeatureSignature input)
    {
        string name = graph.Name(input.Name);
        graph.Input(name, input.Levels is null ? OnnxBuilder.Single : OnnxBuilder.Text, -1, 1);
        return name;
    }
}
