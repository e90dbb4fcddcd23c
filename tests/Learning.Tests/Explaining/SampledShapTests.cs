using MlOps.Learning.Explaining;
using MlOps.Learning.Importing;
using MlOps.Learning.Tables;
using MlOps.Learning.Tests.Importing;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Tests.Explaining;

/// <summary>Graphs that are neither trees nor linear, against background rows.</summary>
public sealed class SampledShapTests
{
    public static readonly TheoryData<string> Graphs = ["onnx-pipeline", "onnx-network", "onnx-network-number", "onnx-encoders", "onnx-normalised"];

    [Theory]
    [MemberData(nameof(Graphs))]
    public void Explain_Graph_AddsUpToTheScore(string name)
    {
        (IModel model, Table rows) = Load(name);
        Table background = rows.Take([.. Enumerable.Range(0, 7)]), few = rows.Take([7, 8, 9]);
        var explainer = new BackgroundExplainer(model, background);

        Contributions found = explainer.Explain(few, CancellationToken.None);

        Assert.Equal("sampled-shap", explainer.Method);
        Predictions scores = model.Score(few), before = model.Score(background);
        for (int k = 0; k < found.Outputs; k++)
        {
            Assert.Equal(Enumerable.Range(0, 7).Average(row => before.Scores[(row * found.Outputs) + k]), found.Base[k], 1e-9);
            Assert.All(Enumerable.Range(0, 3), row => Assert.Equal(scores.Scores[(row * found.Outputs) + k], found.Margin(row, k), 1e-9));
        }
    }

    /// <summary>Shapley values by their definition, over all subsets of the inputs.</summary>
    [Theory]
    [MemberData(nameof(Graphs))]
    public void Explain_Graph_IsCloseToTheDefinition(string name)
    {
        (IModel model, Table rows) = Load(name);
        string[] inputs = [.. model.Signature.Inputs.Select(i => i.Name)];
        Table background = rows.Take([0, 1, 2, 3]);

        Contributions found = new BackgroundExplainer(model, background).Explain(rows.Take([9]), CancellationToken.None);

        for (int k = 0; k < found.Outputs; k++)
        {
            int output = k;
            double[] exact = BruteForce.Shapley(inputs.Length, known => Enumerable.Range(0, 4).Average(other => Mixed(known, other, output)));
            double scale = exact.Sum(Math.Abs);
            Assert.All(Enumerable.Range(0, inputs.Length), i => Assert.Equal(exact[i], found.Of(0, output)[i], (0.05 * scale) + 1e-9));
        }

        double Mixed(int known, int other, int output)
        {
            Table mixed = new([.. inputs.Select((name, i) => rows[name].Take([(known >> i & 1) != 0 ? 9 : other]))]);
            Predictions scores = model.Score(mixed);
            return scores.Scores[output];
        }
    }

    [Fact]
    public void Explain_SameRowsInAnotherOrder_SaysTheSameOfEach()
    {
        (IModel model, Table rows) = Load("onnx-network");
        var explainer = new BackgroundExplainer(model, rows.Take([0, 1, 2]));

        Contributions one = explainer.Explain(rows.Take([5, 6]), CancellationToken.None), other = explainer.Explain(rows.Take([6, 5]), CancellationToken.None);

        Assert.Equal(one.Of(0, 0).ToArray(), other.Of(1, 0).ToArray());
        Assert.Equal(one.Of(1, 0).ToArray(), other.Of(0, 0).ToArray());
    }

    private static (IModel Model, Table Rows) Load(string name)
    {
        IModel model = ModelImporter.Import(ExpectedRows.FileOf(ExpectedRows.Folder, name), ImportOptions.Default).Model;
        return (model, ExpectedRows.Load(ExpectedRows.Folder, name).TableOf(model.Signature));
    }
}
