using MlOps.Contracts;
using MlOps.Learning.Exporting;
using MlOps.Learning.Importing;
using MlOps.Learning.Tables;
using MlOps.Learning.Tests.Importing;
using MlOps.Learning.Tests.Trainers;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Tests.Exporting;

public sealed class OnnxExportTests
{
    private static readonly string[] Features = ["a", "b", "c", "d"];

    private static readonly Table Rows = Make.Mixed(300);

    public static readonly TheoryData<string, LearningTask> Models = new()
    {
        { "gbdt", LearningTask.Regression }, { "gbdt", LearningTask.Binary }, { "gbdt", LearningTask.Multiclass },
        { "linear", LearningTask.Regression }, { "linear", LearningTask.Binary }, { "linear", LearningTask.Multiclass },
        { "forest", LearningTask.Regression }, { "forest", LearningTask.Binary }, { "forest", LearningTask.Multiclass },
        { "baseline", LearningTask.Regression }, { "baseline", LearningTask.Binary },
    };

    [Theory]
    [MemberData(nameof(Models))]
    public void Export_ThenImport_ScoresAlike(string trainer, LearningTask task)
    {
        IModel model = Fit(trainer, task);

        IModel back = ModelImporter.Import(Export(model), ImportOptions.Default).Model;

        Assert.Equal((model.Signature.Target, task), (back.Signature.Target, back.Signature.Task));
        Assert.Equal(model.Signature.Classes, back.Signature.Classes);
        Assert.Equal(Features, back.Signature.Inputs.Select(i => i.Name));
        Assert.All(model.Score(Rows).Scores.Zip(back.Score(Rows).Scores), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
    }

    [SkippableFact]
    public void Export_EveryKind_IsAcceptedByOnnxChecker()
    {
        using var folder = new TempDirectory();
        foreach (object[] model in Models)
            File.WriteAllBytes(folder[$"{model[0]}-{model[1]}.onnx"], Export(Fit((string)model[0], (LearningTask)model[1])));

        string? missing = PythonScript.Run("onnx_check.py", folder.FullPath);

        Needed.Have(missing is null, "onnx", PythonScript.HowToGet("onnx", missing));
    }

    [Fact]
    public void Export_ImportedTrees_KeepTheirLink()
    {
        IModel model = ModelImporter.Import(ExpectedRows.FileOf(ExpectedRows.Folder, "xgb-poisson"), ImportOptions.Default).Model;
        Table rows = ExpectedRows.Load(ExpectedRows.Folder, "xgb-poisson").TableOf(model.Signature);
        IModel back = ModelImporter.Import(Export(model), ImportOptions.Default).Model;
        Assert.All(model.Score(rows).Scores.Zip(back.Score(rows).Scores), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
    }

    private static IModel Fit(string trainer, LearningTask task) =>
        Make.Fit(trainer, Make.MixedSpec(task, Make.Few(trainer, 6)) with { Features = Features }, Rows);

    private static byte[] Export(IModel model)
    {
        using var file = new MemoryStream();
        ModelExporter.Export(model, "onnx", file);
        return file.ToArray();
    }
}
