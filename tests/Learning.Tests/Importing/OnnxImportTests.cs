using MlOps.Learning.Explaining;
using MlOps.Learning.Exporting;
using MlOps.Learning.Importing;
using MlOps.Learning.Importing.Onnx;
using MlOps.Learning.Tables;
using MlOps.Learning.Tests.Trainers;
using MlOps.Learning.Trainers;
using MlOps.Learning.Trainers.Boosting;

namespace MlOps.Learning.Tests.Importing;

public sealed class OnnxImportTests(OnnxModels live) : IClassFixture<OnnxModels>
{
    public static readonly TheoryData<string, bool> Models = new()
    {
        { "onnx-forest", true }, { "onnx-forest-two", true }, { "onnx-boosted", true }, { "onnx-boosted-three", true }, { "onnx-boosted-number", true }, { "onnx-comparisons", true },
        { "onnx-logistic", true }, { "onnx-softmax", true }, { "onnx-normalised", false }, { "onnx-pipeline", false }, { "onnx-network", false }, { "onnx-network-number", false },
        { "onnx-encoders", false },
    };

    [Theory]
    [MemberData(nameof(Models))]
    public void Import_SampleModel_PredictsAsItsTrainer(string name, bool explained) => Check(ExpectedRows.Folder, name, explained);

    [SkippableTheory]
    [MemberData(nameof(Models))]
    public void Import_ModelMadeNow_PredictsAsItsTrainer(string name, bool explained) => Check(live.Folder(), name, explained);

    [Fact]
    public void Import_Signature_IsThatOfTheGraph()
    {
        ImportedModel pipeline = Import("onnx-pipeline"), several = Import("onnx-boosted-three");

        Assert.Equal(["age", "income", "plan", "city"], pipeline.Model.Signature.Inputs.Select(i => i.Name));
        Assert.Equal(["ams", "ber", "par", "rom"], pipeline.Model.Signature.Inputs[3].Levels!.Skip(3));
        Assert.Equal(("onnx", "ONNX by skl2onnx 1.13", LearningTask.Binary), (pipeline.Format, pipeline.Producer, pipeline.Model.Signature.Task));
        Assert.Contains("cannot be explained", Assert.Single(pipeline.Notes), StringComparison.Ordinal);
        Assert.Equal((LearningTask.Multiclass, "low,middle,high"), (several.Model.Signature.Task, string.Join(',', several.Model.Signature.Classes)));
        Assert.Equal(["f0", "f1", "f2", "f3"], several.Model.Signature.Inputs.Select(i => i.Name));
        Assert.Contains("no gains", Assert.Single(several.Notes), StringComparison.Ordinal);
    }

    /// <summary>The format has no gains, and most tools write 1 for the rows of every node.</summary>
    [Fact]
    public void Import_TreesWithoutRowCounts_ImportanceIsBySplitsAndSaysWhy()
    {
        Table rows = Make.Mixed(400);
        var ours = (TreeModel)Make.Fit("gbdt", Make.MixedSpec(LearningTask.Regression, ("trees", 5)) with { Features = ["a", "b"] }, rows);
        var bare = new TreeModel(ours.Header, ours.Trees with { Gain = new ModelArray<float>(new float[ours.Trees.Nodes.Length]), Cover = new ModelArray<float>(new float[ours.Trees.Nodes.Length]) });
        using var file = new MemoryStream();
        ModelExporter.Export(bare, "onnx", file);

        ImportedModel imported = ModelImporter.Import(file.ToArray(), ImportOptions.Default);
        IReadOnlyList<SplitImportance> found = SplitImportance.Of(imported.Model);

        Assert.Equal(2, found.Count);
        Assert.All(found, f => Assert.Equal((null, null, null, null), (f.Gain, f.TotalGain, f.Cover, f.TotalCover)));
        Assert.Equal(SplitImportance.Of(ours).Select(f => f.Weight).OrderDescending(), found.Select(f => f.Weight));
        Assert.Contains("no gains and no cover", SplitImportance.Lacks(imported.Model), StringComparison.Ordinal);
        Assert.Contains(imported.Notes, note => note.Contains("permutation", StringComparison.Ordinal));
        Assert.Null(SplitImportance.Lacks(ours));
    }

    [Fact]
    public void Import_TreesWithoutASplit_LackNothing()
    {
        IModel constant = Make.Fit("baseline", Make.MixedSpec(LearningTask.Regression), Make.Mixed(50));
        Assert.Null(SplitImportance.Lacks(constant));
        Assert.All(SplitImportance.Of(constant), f => Assert.Equal((0, 0.0), (f.Weight, f.TotalGain)));
    }

    [Fact]
    public void Import_WhatTheGraphCannotTell_IsSaid()
    {
        byte[] file = ExpectedRows.FileOf(ExpectedRows.Folder, "onnx-network");
        Assert.Equal("model-import-option", Assert.Throws<MlOpsException>(() => ModelImporter.Import(file, new ImportOptions { Rounds = 1 })).Code);
        Assert.Contains("4", Assert.Throws<MlOpsException>(() => ModelImporter.Import(file, new ImportOptions { Features = ["a"] })).Message, StringComparison.Ordinal);
        byte[] other = [.. file];
        int at = file.AsSpan().IndexOf("Relu"u8);
        "Rilu"u8.CopyTo(other.AsSpan(at));
        MlOpsException unknown = Assert.Throws<MlOpsException>(() => ModelImporter.Import(other, ImportOptions.Default));
        Assert.Equal("model-import-unsupported", unknown.Code);
        Assert.Contains("operator Rilu is not known; known are Abs, Add,", unknown.Message, StringComparison.Ordinal);
    }

    /// <summary>Imported as a linear model of ours or run as the graph it is, a missing number has the same answer: none.</summary>
    [Theory]
    [InlineData("onnx-logistic")]
    [InlineData("onnx-softmax")]
    public void Import_LinearWithAMissingNumber_AnswersAsTheGraph(string name)
    {
        byte[] file = ExpectedRows.FileOf(ExpectedRows.Folder, name);
        IModel native = ModelImporter.Import(file, ImportOptions.Default).Model;
        OnnxGraph graph = OnnxReader.Read(file);
        var inputs = new OnnxInputs(graph, 0);
        var header = new ModelHeader(OnnxModelFormat.Name, "onnx", native.Signature, new Dictionary<string, double>(), new Dictionary<string, double>(), []);
        var asGraph = new OnnxModel(header, file, new OnnxProgram(graph, OnnxOutput.Of(graph).Value), inputs);
        var rows = new Table([.. native.Signature.Inputs.Select((input, i) => new NumberColumn(input.Name, [0.5 * i, i == 1 ? double.NaN : 1]))]);
        int width = native.Signature.Task == LearningTask.Multiclass ? native.Signature.Classes.Count : 1;

        double[] scores = native.Score(rows).Scores, expected = asGraph.Score(rows).Scores;

        Assert.All(scores.Take(width).Zip(expected), p => Assert.Equal(p.Second, p.First, 1e-5));
        Assert.All(scores.Skip(width).Concat(expected.Skip(width)), s => Assert.True(double.IsNaN(s)));
        IModel kept = ModelFile.Load(Make.Bytes(native));
        Assert.Equal(scores, kept.Score(rows).Scores);
        Assert.True(double.IsFinite(((IExplainable)kept).Explain(rows.Take([0]), CancellationToken.None).Margin(0, 0)));
        using var exported = new MemoryStream();
        ModelExporter.Export(kept, "onnx", exported);
        Assert.True(double.IsNaN(ModelImporter.Import(exported.ToArray(), ImportOptions.Default).Model.Score(rows).Scores[^1]));
    }

    [Fact]
    public void Import_ClassifierThatGivesSums_IsRefusedAlsoWhereZerosGiveZero()
    {
        byte[] file = ExpectedRows.FileOf(ExpectedRows.Folder, "onnx-sums");
        MlOpsException error = Assert.Throws<MlOpsException>(() => ModelImporter.Import(file, ImportOptions.Default));
        Assert.Equal("model-import-unsupported", error.Code);
        Assert.Contains("post_transform SOFTMAX or LOGISTIC", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tensor_LargerThanAllowed_IsRefusedBeforeItIsMade() =>
        Assert.Equal("model-import-too-large", Assert.Throws<MlOpsException>(() => OnnxTensor.Elements([100_000, 100_000])).Code);

    private static void Check(string folder, string name, bool explained)
    {
        ExpectedRows expected = ExpectedRows.Load(folder, name);
        IModel model = ModelImporter.Import(ExpectedRows.FileOf(folder, name), ImportOptions.Default).Model;
        expected.Check(model);
        Assert.Equal(explained, model is IExplainable);
        expected.Check(ModelFile.Load(Make.Bytes(model)));
        Assert.True(model.HeldBytes > 100);
    }

    private static ImportedModel Import(string name) => ModelImporter.Import(ExpectedRows.FileOf(ExpectedRows.Folder, name), ImportOptions.Default);
}

public sealed class OnnxModels() : PythonModels("onnx_models.py", "onnx");
