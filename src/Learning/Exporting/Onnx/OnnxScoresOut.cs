using MlOps.Learning.Trainers;

namespace MlOps.Learning.Exporting.Onnx;

/// <summary>From sums to the graph's outputs.</summary>
internal static class OnnxScoresOut
{
    public static void Write(OnnxBuilder graph, string sums, OutputLink link, ModelSignature signature)
    {
        string scores = Linked(graph, sums, link);
        if (signature.Task == LearningTask.Regression)
        {
            graph.Output(graph.Node("Identity", "variable", [scores]), OnnxBuilder.Single, -1, 1);
            return;
        }

        string probabilities = signature.Task == LearningTask.Binary
            ? graph.Node("Concat", "probabilities", [graph.Node("Sub", "negative", [graph.Constant("one", [1f], 1, 1), scores]), scores], OnnxBuilder.Whole("axis", 1))
            : graph.Node("Identity", "probabilities", [scores]);
        // Of two classes that are as probable it is the second, of more the first, as in the predictions here.
        string place = graph.Node(
            "ArgMax", "place", [probabilities], OnnxBuilder.Whole("axis", 1), OnnxBuilder.Whole("keepdims", 0), OnnxBuilder.Whole("select_last_index", signature.Task == LearningTask.Binary ? 1 : 0));
        string label = graph.Node("Gather", "label", [graph.Constant("classes", signature.Classes), place]);
        graph.Output(label, OnnxBuilder.Text, -1);
        graph.Output(probabilities, OnnxBuilder.Single, -1, signature.Classes.Count);
    }

    private static string Linked(OnnxBuilder graph, string sums, OutputLink link) => link switch
    {
        OutputLink.Identity => sums,
        OutputLink.Sigmoid => graph.Node("Sigmoid", "linked", [sums]),
        OutputLink.Softmax => graph.Node("Softmax", "linked", [sums], OnnxBuilder.Whole("axis", 1)),
        OutputLink.Exponential => graph.Node("Exp", "linked", [sums]),
        OutputLink.SoftPlus => graph.Node("Softplus", "linked", [sums]),
        OutputLink.SignedSquare => graph.Node("Mul", "linked", [sums, graph.Node("Abs", "size", [sums])]),
        _ => graph.Node("Cast", "linked", [graph.Node("Greater", "decided", [sums, graph.Constant("zero", [0f], 1, 1)])], OnnxBuilder.Whole("to", OnnxBuilder.Single)),
    };
}
