using System.Text.Json;
using MlOps.Contracts;
using MlOps.Learning.Encoders;
using MlOps.Learning.Explaining;
using MlOps.Learning.Exporting;
using MlOps.Learning.Importing;
using MlOps.Learning.Tables;
using MlOps.Learning.Tests.Importing;
using MlOps.Learning.Tests.Trainers;
using MlOps.Learning.Trainers;

namespace MlOps.Learning.Tests.Exporting;

public sealed class XgboostExportTests
{
    /// <summary>Without the timestamp, whose seconds 32 bits do not hold.</summary>
    private static readonly string[] Features = ["a", "b", "c", "d"];

    private static readonly Table Rows = Make.Mixed(300);

    [Theory]
    [InlineData(LearningTask.Regression)]
    [InlineData(LearningTask.Binary)]
    [InlineData(LearningTask.Multiclass)]
    public void Export_ThenImport_ScoresAndExplainsAlike(LearningTask task)
    {
        IModel model = Fit(task);
        IModel back = ModelImporter.Import(Export(model), ImportOptions.Default).Model;
        Assert.Equal((model.Signature.Target, model.Signature.Task), (back.Signature.Target, back.Signature.Task));
        Assert.Equal(model.Signature.Classes, back.Signature.Classes);
        Assert.Equal(model.Signature.Inputs[2].Levels, back.Signature.Inputs[2].Levels);


        double[] expected = model.Score(Rows).Scores, got = back.Score(Rows).Scores;
        Assert.All(expected.Zip(got), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
        Contributions ours = ModelExplainer.Of(model).Explain(Rows, CancellationToken.None), theirs = ModelExplainer.Of(back).Explain(Rows, CancellationToken.None);
        for (int k = 0; k < ours.Outputs; k++)
            Assert.All(ours.Of(3, k).ToArray().Zip(theirs.Of(3, k).ToArray()), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
    }

    [SkippableFact]
    public void Export_LoadedByXgboost_PredictsAndExplainsAlike()
    {
        using var folder = new TempDirectory();
        LearningTask[] tasks = Enum.GetValues<LearningTask>();
        foreach (LearningTask task in tasks)
        {
            IModel model = Fit(task);
            File.WriteAllBytes(folder[$"{task}.json"], Export(model));
            File.WriteAllText(folder[$"{task}.rows.json"], JsonSerializer.Serialize(Encoded(model)));
        }

        string? missing = PythonScript.Run("xgboost_predict.py", folder.FullPath);
        Needed.Have(missing is null, "xgboost", PythonScript.HowToGet("xgboost", missing));

        foreach (LearningTask task in tasks)
        {
            ExpectedRows theirs = ExpectedRows.Load(folder.FullPath, task.ToString());
            IModel model = Fit(task);
            Assert.All(model.Score(Rows).Scores.Zip(theirs.Prediction.SelectMany(p => p)), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
            Contributions explained = ModelExplainer.Of(model).Explain(Rows, CancellationToken.None);
            for (int row = 0; row < Rows.RowCount; row++)
            {
                for (int k = 0; k < explained.Outputs; k++)
                    Assert.All(explained.Of(row, k).ToArray().Zip(theirs.Contributions![row][k]), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
            }
        }
    }

    /// <summary>XGBoost keeps some escapes of JSON as they stand; what it shows must be the names all the same, and lists that JSON readers take.</summary>
    [SkippableFact]
    public void Export_LoadedByXgboost_NamesAndLevelsAreReadable()
    {
        string[] names = ["größe \"cm\"", "a\\b & <c>", "plan"], levels = ["it's \"1\"", "é&<>", "plain"];
        var random = new SeededRandom(2);
        Table rows = new(
        [
            .. names[..2].Select(name => new NumberColumn(name, [.. Enumerable.Range(0, 90).Select(_ => random.NextGaussian())])),
            CategoryColumn.From("plan", Enumerable.Range(0, 90).Select(i => levels[i % 3])), CategoryColumn.From("ziel", Enumerable.Range(0, 90).Select(i => i % 3 == 0 ? "ja \"+\"" : "nein")),
        ]);
        IModel model = Make.Fit("gbdt", Make.Spec(LearningTask.Binary, "ziel", ("trees", 2)), rows);
        using var folder = new TempDirectory();
        File.WriteAllBytes(folder["m.json"], Export(model));
        File.WriteAllText(folder["m.rows.json"], "[[1, 2, 0]]");

        string? missing = PythonScript.Run("xgboost_predict.py", folder.FullPath);
        Needed.Have(missing is null, "xgboost", PythonScript.HowToGet("xgboost", missing));

        using JsonDocument read = JsonDocument.Parse(File.ReadAllText(folder["m.read.json"]));
        JsonElement attributes = read.RootElement.GetProperty("attributes");
        Assert.Equal(["größe \"cm\"", "a\\b & (c>", "plan"], read.RootElement.GetProperty("names").EnumerateArray().Select(n => n.GetString()));
        Assert.Equal(model.Signature.Inputs[2].Levels, JsonSerializer.Deserialize<string[]>(attributes.GetProperty("levels.plan").GetString()!));
        Assert.Equal(model.Signature.Classes, JsonSerializer.Deserialize<string[]>(attributes.GetProperty("classes").GetString()!));
        Assert.Equal(model.Signature.Inputs[2].Levels, ModelImporter.Import(Export(model), ImportOptions.Default).Model.Signature.Inputs[2].Levels);
    }

    [Fact]
    public void Export_WhatTheFormatCannotSay_IsRefused()
    {
        IModel linear = Make.Fit("linear", Make.MixedSpec(LearningTask.Binary, ("maxIterations", 3)), Rows);
        Assert.Equal("model-export-unsupported", Assert.Throws<MlOpsException>(() => Export(linear)).Code);
        MlOpsException unknown = Assert.Throws<MlOpsException>(() => ModelExporter.Export(linear, "xgbost-json", new MemoryStream()));
        Assert.Contains("did you mean 'xgboost-json'", unknown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Export_Notes_TellWhatXgboostDoesNotKnow()
    {
        var notes = ModelExporter.Export(Make.Fit("gbdt", Make.MixedSpec(LearningTask.Binary, ("trees", 2)), Rows), "xgboost-json", new MemoryStream());
        Assert.Equal(3, notes.Count);
    }

    private static IModel Fit(LearningTask task) => Make.Fit("gbdt", Make.MixedSpec(task, ("trees", 8), ("depth", 4)) with { Features = Features }, Rows);

    private static byte[] Export(IModel model)
    {
        using var file = new MemoryStream();
        ModelExporter.Export(model, "xgboost-json", file);
        return file.ToArray();
    }

    private static double?[][] Encoded(IModel model)
    {
        int width = model.Signature.Inputs.Count;
        var rows = new double[Rows.RowCount * width];
        new InputBinder(model.Signature.Inputs).Bind(Rows).ReadRows(0, Rows.RowCount, rows);
        return [.. rows.Select(v => double.IsNaN(v) ? (double?)null : v).Chunk(width)];
    }
}
